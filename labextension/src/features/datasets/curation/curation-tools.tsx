import { useState } from 'react';
import type { DatasetsApi, Manifest, ModelsApi } from '../../../api';
import { Icon, type IconName } from '../../../elements';
import { LabelReview } from './label-review';

type Tool = 'labels';

interface CurationToolsProps {
  datasets: DatasetsApi;
  models: Pick<ModelsApi, 'list'>;
  manifest: Manifest;
  onWritten: () => void;
}

/** The ways to make a better version of a set; one is open at a time. */
export function CurationTools({ datasets, models, manifest, onWritten }: CurationToolsProps): JSX.Element | null {
  const [open, setOpen] = useState<Tool>();
  const offered: { tool: Tool; label: string; icon: IconName; suits: boolean }[] = [
    { tool: 'labels', label: 'Mend labels', icon: 'check', suits: manifest.arrays.includes('labels') }
  ];
  const tools = offered.filter(({ suits }) => suits);
  if (tools.length === 0) {
    return null;
  }
  return (
    <section className="plab-curation" aria-label="Make a better version">
      <div className="plab-samples-bar">
        <h3>Make a better version</h3>
        {tools.map(({ tool, label, icon }) => (
          <button
            key={tool}
            type="button"
            className="plab-button"
            aria-expanded={open === tool}
            onClick={() => {
              setOpen(open === tool ? undefined : tool);
            }}
          >
            <Icon name={icon} />
            {label}
          </button>
        ))}
      </div>
      {open && (
        <div className="plab-curation-panel" role="region" aria-label={tools.find(one => one.tool === open)?.label}>
          {open === 'labels' && (
            <LabelReview datasets={datasets} models={models} manifest={manifest} onWritten={onWritten} />
          )}
        </div>
      )}
    </section>
  );
}
