import { LabIcon } from '@jupyterlab/ui-components';

/** Four tiles, one of them another one. */
export const datasetsIcon = new LabIcon({
  name: 'patholearn:datasets',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <path class="jp-icon-selectable" fill="#1976d2" d="M3 3h8v8H3Zm10 0h8v8h-8ZM3 13h8v8H3Zm14 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z"/>
</svg>`
});
