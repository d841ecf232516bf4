import { useEffect, useId, useRef, useState } from 'react';
import type { MaskAnswer } from '../../../api';
import { Notice, paintMask, percent } from '../../../elements';
import { meanDice } from '../answers';
import { differences, DIFFERENCE_COLORS, enlarged, useMask } from '../overlays';
import type { ViewProps } from '../views';
import { MaskLegend } from './mask-legend';
import { Picture } from './picture';

const LAYERS = {
  predicted: { label: 'Network', caption: 'The network’s mask over the image it saw' },
  true: { label: 'Truth', caption: 'The true mask over the image' },
  difference: { label: 'Differences', caption: 'Where the network’s mask and the true one differ' },
  none: { label: 'Image only', caption: 'The image as the model saw it' }
} as const;

type Layer = keyof typeof LAYERS;

/** The image with the mask over it, how strongly it is painted, and how much of the image each class has. */
export function MaskView({ answer, image, source }: ViewProps<MaskAnswer>): JSX.Element {
  const [layer, setLayer] = useState<Layer>('predicted');
  const [opacity, setOpacity] = useState(0.35);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { value: predicted, reason } = useMask(answer.mask);
  const { value: truth } = useMask(answer.truth);
  const name = useId();
  const isKnown = answer.truth !== null;
  const shown: Layer = isKnown || layer === 'none' ? layer : 'predicted';
  const layers = (Object.keys(LAYERS) as Layer[]).filter(
    choice => isKnown || choice === 'predicted' || choice === 'none'
  );

  useEffect(() => {
    const mask =
      shown === 'true'
        ? truth
        : shown === 'difference'
          ? predicted && truth && differences(predicted, truth)
          : predicted;
    if (canvas.current && mask) {
      paintMask(canvas.current, enlarged(mask), opacity, shown === 'difference' ? DIFFERENCE_COLORS : undefined);
    }
  }, [predicted, truth, shown, opacity]);

  const dice = meanDice(answer);
  return (
    <div className="plab-mask">
      <div className="plab-mask-picture">
        <Picture
          png={image}
          alt={`${source}: ${LAYERS[shown].caption}`}
          caption={`${source}. ${LAYERS[shown].caption}`}
        >
          <canvas ref={canvas} aria-hidden="true" hidden={shown === 'none'} />
        </Picture>
        {reason !== undefined && <Notice reason={reason} />}
      </div>
      <div className="plab-verdict-words">
        {dice !== null && (
          <p className="plab-verdict-top">
            The masks overlap with a Dice of <strong>{dice.toFixed(2)}</strong>
            {answer.accuracy !== null && <>; {percent(answer.accuracy)} of the pixels are right</>}.
          </p>
        )}
        <div className="plab-mask-controls">
          <div className="plab-choices" role="radiogroup" aria-label="What lies over the image">
            {layers.map(choice => (
              <label key={choice}>
                <input
                  type="radio"
                  name={name}
                  checked={shown === choice}
                  onChange={() => {
                    setLayer(choice);
                  }}
                />
                <span>{LAYERS[choice].label}</span>
              </label>
            ))}
          </div>
          <div className="plab-slider">
            <label>
              <span>Opacity {Math.round(100 * opacity)} %</span>
              <input
                type="range"
                min={0}
                max={1}
                step={0.05}
                value={opacity}
                disabled={shown === 'none'}
                onChange={event => {
                  setOpacity(Number(event.target.value));
                }}
              />
            </label>
          </div>
        </div>
        <MaskLegend areas={answer.areas} isDifference={shown === 'difference'} isKnown={isKnown} />
        <p className="plab-faint">
          {isKnown
            ? 'Dice and IoU say how well two areas overlap: 1 is exactly, 0 not at all. A dash: the class is in neither mask.'
            : 'Nobody knows the true mask of this picture.'}{' '}
          It is for learning, not for a diagnosis.
        </p>
      </div>
    </div>
  );
}
