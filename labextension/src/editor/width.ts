/** How much room the editor has: beside another tab, the canvas must not be squeezed between palette and inspector. */
const NARROW_PX = 680;
const SLIM_PX = 460;

/** Sets the classes that `frame.css` arranges the areas by; returns what ends that. */
export function watchWidth(root: HTMLElement): () => void {
  const observer = new ResizeObserver(() => {
    const { clientWidth: width } = root;
    root.classList.toggle('plab-narrow', width > 0 && width < NARROW_PX);
    root.classList.toggle('plab-slim', width > 0 && width < SLIM_PX);
  });
  observer.observe(root);
  return () => {
    observer.disconnect();
  };
}
