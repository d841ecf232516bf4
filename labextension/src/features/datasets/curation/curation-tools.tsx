import type { Manifest } from '../../../api';
import { Icon, type IconName } from '../../../elements';
import type { CardApi } from '../browser-api';
import { ClassEditor } from './class-editor';
import { DivideForm } from './divide-form';
import { DuplicatesPanel } from './duplicates-panel';
import { LabelReview } from './label-review';

export type Tool = 'labels' | 'duplicates' | 'classes' | 'divide' | 'divide by group';

interface CurationToolsProps {
  api: CardApi;
  manifest: Manifest;
  open: Tool | null;
  onOpen: (tool: Tool | null) => void;
  onWritten: () => void;
}

/** The ways to make a better version of a set; one is open at a time. */
export function CurationTools({ api, manifest, open, onOpen, onWritten }: CurationToolsProps): JSX.Element {
  const { datasets, models } = api;
  const { arrays, channels } = manifest;
  const hasLabels = arrays.includes('labels');
  const offered: { tool: Tool; label: string; icon: IconName; suits: boolean }[] = [
    { tool: 'labels', label: 'Mend labels', icon: 'check', suits: hasLabels },
    { tool: 'duplicates', label: 'Find duplicates', icon: 'copy', suits: channels > 0 },
    { tool: 'classes', label: 'Change classes', icon: 'pencil', suits: hasLabels || arrays.includes('masks') },
    { tool: 'divide', label: 'Divide anew', icon: 'dice', suits: true }
  ];
  const tools = offered.filter(({ suits }) => suits);
  const isOpen = (tool: Tool): boolean => open === tool || (tool === 'divide' && open === 'divide by group');
  const props = { datasets, manifest, onWritten };
  return (
    <section className="plab-curation" aria-label="Make a better version">
      <div className="plab-samples-bar">
        <h3>Make a better version</h3>
        {tools.map(({ tool, label, icon }) => (
          <button
            key={tool}
            type="button"
            className="plab-button"
            aria-expanded={isOpen(tool)}
            onClick={() => {
              onOpen(isOpen(tool) ? null : tool);
            }}
          >
            <Icon name={icon} />
            {label}
          </button>
        ))}
      </div>
      {open && (
        <div className="plab-curation-panel" role="region" aria-label={tools.find(one => isOpen(one.tool))?.label}>
          {open === 'labels' && <LabelReview {...props} models={models} />}
          {open === 'duplicates' && <DuplicatesPanel api={api} manifest={manifest} onWritten={onWritten} />}
          {open === 'classes' && <ClassEditor {...props} />}
          {isOpen('divide') && <DivideForm key={open} {...props} by={open === 'divide' ? undefined : 'group'} />}
        </div>
      )}
    </section>
  );
}
