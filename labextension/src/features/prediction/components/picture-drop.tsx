import { useRef, useState, type ReactNode } from 'react';
import { Icon } from '../../../elements';

interface PictureDropProps {
  isBusy: boolean;
  /** Null where the model takes no pictures. */
  onPicture: ((file: File) => void) | null;
  onRandom: () => void;
  children: ReactNode;
}

/** Takes a picture by button, drop or paste, or a random one of the test images. */
export function PictureDrop({ isBusy, onPicture, onRandom, children }: PictureDropProps): JSX.Element {
  const [isOver, setIsOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (files: FileList | undefined): boolean => {
    const file = files?.[0];
    if (file && onPicture && !isBusy) {
      onPicture(file);
    }
    return file !== undefined;
  };
  return (
    <div
      className={isOver ? 'plab-drop plab-drop-over' : 'plab-drop'}
      // Focusable, so that a picture can be pasted here.
      tabIndex={0}
      role="group"
      aria-label="Picture to ask about"
      onPaste={event => {
        if (take(event.clipboardData.files)) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
      onDragOver={event => {
        event.preventDefault();
        event.stopPropagation();
        setIsOver(true);
      }}
      onDragLeave={() => {
        setIsOver(false);
      }}
      onDrop={event => {
        event.preventDefault();
        event.stopPropagation();
        setIsOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <div className="plab-drop-bar">
        <button type="button" className="plab-button plab-button-primary" disabled={isBusy} onClick={onRandom}>
          <Icon name="dice" />
          {onPicture ? 'Random test image' : 'Random test row'}
        </button>
        {onPicture && (
          <>
            <button
              type="button"
              className="plab-button"
              disabled={isBusy}
              onClick={() => {
                input.current?.click();
              }}
            >
              <Icon name="upload" />
              Choose a picture
            </button>
            <span className="plab-faint">or drop or paste one here. It stays on this machine.</span>
          </>
        )}
      </div>
      <input
        ref={input}
        type="file"
        accept="image/*,.tif,.tiff"
        hidden
        aria-label="Picture file"
        onChange={event => {
          const files = event.target.files ?? undefined;
          take(files);
          event.target.value = '';
        }}
      />
      {children}
    </div>
  );
}
