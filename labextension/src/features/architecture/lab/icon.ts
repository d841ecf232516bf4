import { LabIcon } from '@jupyterlab/ui-components';

/** Two nodes that feed a third. */
export const architectureIcon = new LabIcon({
  name: 'patholearn:architecture',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <path class="jp-icon-selectable" fill="#1976d2" d="M3 3h8v6H8v2h8V9h-3V3h8v6h-3v4h-5v2h3v6H8v-6h3v-2H6V9H3Z"/>
</svg>`
});
