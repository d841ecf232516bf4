import { LabIcon } from '@jupyterlab/ui-components';

/** A curve that falls, on its axes. */
export const runsIcon = new LabIcon({
  name: 'patholearn:runs',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <path class="jp-icon-selectable" fill="#1976d2" d="M3 3h2v16h16v2H3Zm4 1.5 1.9-.6c1.2 4.3 3 7.4 5.200 8.900 1.700 1.100 3.900 1.500 6.900 1.200v2c-3.500.3-6.100-.200-8.100-1.500-2.700-1.800-4.600-5.200-5.900-10Z"/>
</svg>`
});
