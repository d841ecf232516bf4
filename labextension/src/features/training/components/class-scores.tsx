import type { PerClass } from '../job-words';

/** How well each class was found, pixel by pixel: Dice and the overlap of both areas with their union. */
export function ClassScores({ scores }: { scores: PerClass }): JSX.Element {
  const names = Object.keys(scores.dice);
  return (
    <figure className="plab-confusion" tabIndex={0}>
      <figcaption>
        How well the area of each class{scores.output && ` of “${scores.output}”`} was found: 1 is exactly, 0 is not at
        all. Dice is twice the common area divided by the sum of both areas, IoU the common area divided by what either
        covers.
      </figcaption>
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col">Dice</th>
            <th scope="col">IoU</th>
          </tr>
        </thead>
        <tbody>
          {names.map(name => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{shown(scores.dice[name])}</td>
              <td>{shown(scores.iou[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** A class that neither occurs nor was predicted has no value. */
function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? 'does not occur' : value.toFixed(2);
}
