import type { ImageAnswer } from '../../../api';
import { figure } from '../answers';
import type { ViewProps } from '../views';
import { Picture } from './picture';

/** The image, what the network gives back, and where the two differ, side by side. */
export function ImageView({ answer, image, source }: ViewProps<ImageAnswer>): JSX.Element {
  return (
    <div className="plab-trio">
      <div className="plab-trio-pictures">
        <Picture png={image} alt={`${source}, as the model saw it`} caption={`Original: ${source}`} />
        <Picture png={answer.image} alt="The image that the network gives back" caption="Given back by the network" />
        <Picture
          png={answer.difference}
          alt="The difference of the two, bright where it is large"
          caption={`Difference: white is ${figure(answer.largest_difference)}, black none`}
        />
      </div>
      <dl className="plab-trio-errors">
        <div>
          <dt>Mean absolute error</dt>
          <dd>{figure(answer.mean_absolute_error)}</dd>
        </div>
        <div>
          <dt>Mean squared error</dt>
          <dd>{figure(answer.mean_squared_error)}</dd>
        </div>
      </dl>
      <p className="plab-faint">
        Errors are in pixel values from 0 (black) to 1 (white), over all pixels. A large error means that the picture is
        unlike those the network was trained on, or has more detail than the network can keep.
      </p>
    </div>
  );
}
