import { useState, type ReactNode } from 'react';

interface PictureProps {
  /** A PNG in base64. */
  png: string;
  alt: string;
  caption: string;
  /** What lies over it, such as a canvas. */
  children?: ReactNode;
}

/** A picture with its caption. A tiny one keeps its pixels sharp. */
export function Picture({ png, alt, caption, children }: PictureProps): JSX.Element {
  const [isTiny, setIsTiny] = useState(false);
  return (
    <figure className={isTiny ? 'plab-picture plab-picture-tiny' : 'plab-picture'}>
      <span className="plab-picture-frame">
        <img
          src={`data:image/png;base64,${png}`}
          alt={alt}
          draggable={false}
          onLoad={event => {
            setIsTiny(event.currentTarget.naturalWidth < 96);
          }}
        />
        {children}
      </span>
      <figcaption className="plab-faint">{caption}</figcaption>
    </figure>
  );
}
