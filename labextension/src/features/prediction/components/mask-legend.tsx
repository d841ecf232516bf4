import type { ClassArea } from '../../../api';
import { classColor, count, percent } from '../../../elements';
import { DIFFERENCES, DIFFERENCE_COLORS } from '../overlays';

interface MaskLegendProps {
  areas: ClassArea[];
  isDifference: boolean;
  isKnown: boolean;
}

/** Which color is which class, how many pixels it has, and how well it was found. */
export function MaskLegend({ areas, isDifference, isKnown }: MaskLegendProps): JSX.Element {
  return (
    <>
      <table className="plab-answer-table">
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Pixels</th>
            <th scope="col">Share</th>
            {isKnown && (
              <>
                <th scope="col">Truth</th>
                <th scope="col">Dice</th>
                <th scope="col">IoU</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {areas.map((area, value) => (
            <tr key={area.name}>
              <th scope="row">
                {!isDifference && <Swatch color={classColor(value)} />}
                {area.name}
              </th>
              <td className="plab-number">{count(area.pixels)}</td>
              <td className="plab-number">{percent(area.share)}</td>
              {isKnown && (
                <>
                  <td className="plab-number">{area.true_pixels === null ? '–' : count(area.true_pixels)}</td>
                  <td className="plab-number">{area.dice?.toFixed(2) ?? '–'}</td>
                  <td className="plab-number">{area.iou?.toFixed(2) ?? '–'}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {isDifference && (
        <ul className="plab-mask-differences" aria-label="Colors of the differences">
          {DIFFERENCES.slice(0, areas.length > 2 ? 3 : 2).map((words, place) => (
            <li key={words}>
              <Swatch color={classColor(place + 1, DIFFERENCE_COLORS)} />
              {words}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Swatch({ color }: { color: readonly [number, number, number] | null }): JSX.Element {
  return (
    <span
      className={color ? 'plab-swatch' : 'plab-swatch plab-swatch-clear'}
      style={color ? { background: `rgb(${color.join(' ')})` } : undefined}
      aria-hidden="true"
    />
  );
}
