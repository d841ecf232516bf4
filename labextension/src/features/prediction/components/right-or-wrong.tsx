import { Icon } from '../../../elements';

interface RightOrWrongProps {
  isRight: boolean;
  children: React.ReactNode;
}

/** A verdict in words, with a sign and a color beside them. */
export function RightOrWrong({ isRight, children }: RightOrWrongProps): JSX.Element {
  return (
    <span className={isRight ? 'plab-right' : 'plab-wrong'}>
      <Icon name={isRight ? 'check' : 'cross'} />
      {children}
    </span>
  );
}
