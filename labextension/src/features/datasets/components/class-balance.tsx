import type { Manifest } from '../../../api';
import { Bars, count, percent } from '../../../elements';
import { SPLITS, SPLIT_WORDS, total } from '../entries';

type Counted = Pick<Manifest, 'splits' | 'task' | 'classes'>;

/** How many images each split has of each class: the reader sees at a glance whether one class rules. */
export function ClassBalance({ manifest }: { manifest: Counted }): JSX.Element {
  const splits = SPLITS.filter(split => total(manifest, split) > 0);
  return (
    <section className="plab-balance" aria-label="Images of each class">
      {splits.map(split => {
        const counts = manifest.splits[split] ?? {};
        const all = total(manifest, split);
        const largest = Math.max(1, ...Object.values(counts));
        const names = manifest.task !== 'classification' ? Object.keys(counts) : manifest.classes;
        return (
          <div key={split}>
            <h3>
              {SPLIT_WORDS[split]} <span className="plab-faint">{count(all)} images</span>
            </h3>
            <Bars
              caption={`${SPLIT_WORDS[split]}: images of each class`}
              bars={names.map(name => ({
                label: manifest.task !== 'classification' ? 'images' : name,
                share: (counts[name] ?? 0) / largest,
                text:
                  manifest.task !== 'classification'
                    ? count(counts[name] ?? 0)
                    : `${count(counts[name] ?? 0)} · ${percent((counts[name] ?? 0) / Math.max(1, all))}`,
                isMarked: true
              }))}
            />
          </div>
        );
      })}
    </section>
  );
}
