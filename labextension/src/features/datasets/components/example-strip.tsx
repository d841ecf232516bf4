import type { Example } from '../../../api';

/** The first images of each class, as they are in the file. */
export function ExampleStrip({ examples }: { examples: Example[] }): JSX.Element | null {
  if (examples.length === 0) {
    return null;
  }
  return (
    <section aria-label="Examples">
      <h3>Examples</h3>
      <ul className="plab-grid">
        {examples.map(example => (
          <li key={example.name} className="plab-tile plab-tile-still" title={example.name}>
            <span className="plab-image">
              <img src={`data:image/png;base64,${example.image}`} alt={example.class_name ?? example.name} />
            </span>
            <span className="plab-tile-name">{example.class_name}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
