import { LabIcon } from '@jupyterlab/ui-components';

/** Two machines, one above the other. */
export const clusterIcon = new LabIcon({
  name: 'patholearn:cluster',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <path class="jp-icon-selectable" fill="#1976d2" fill-rule="evenodd" d="M3 4h18v7H3Zm2 2.5v2h2v-2ZM3 13h18v7H3Zm2 2.5v2h2v-2Z"/>
</svg>`
});
