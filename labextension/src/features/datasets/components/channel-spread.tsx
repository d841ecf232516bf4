import type { Manifest } from '../../../api';

const NAMES: Record<number, string[]> = { 1: ['Grey'], 3: ['Red', 'Green', 'Blue'] };

/** The mean and the spread of each color channel over the training pixels: what images are standardized with. */
export function ChannelSpread({ manifest }: { manifest: Pick<Manifest, 'mean' | 'std' | 'channels'> }): JSX.Element {
  return (
    <section className="plab-spread" aria-label="Color of the training images">
      <h3>
        Color of the training images{' '}
        <span className="plab-faint">mean ± standard deviation of the pixels, 0 dark to 1 bright</span>
      </h3>
      <ul>
        {(NAMES[manifest.channels] ?? []).map((name, channel) => {
          const mean = manifest.mean[channel] ?? 0;
          const std = manifest.std[channel] ?? 0;
          const from = Math.max(0, mean - std);
          const to = Math.min(1, mean + std);
          return (
            <li key={name}>
              <span>{name}</span>
              <span className={`plab-spread-track plab-spread-${name.toLowerCase()}`} aria-hidden="true">
                <span className="plab-spread-band" style={{ left: `${100 * from}%`, width: `${100 * (to - from)}%` }} />
                <span className="plab-spread-mean" style={{ left: `${100 * mean}%` }} />
              </span>
              <span>
                {mean.toFixed(2)} ± {std.toFixed(2)}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
