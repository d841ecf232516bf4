export { Bars, type Bar } from './bars';
export { ConfirmButton } from './confirm-button';
export { CopyButton } from './copy-button';
export { Icon, type IconName } from './icon';
export { mount } from './mount';
export { Notice } from './notice';
export { count, duration, percent } from './numbers';
export { useAnswer, type Answer } from './use-answer';
export { useTrait, type TraitModel } from './use-trait';
