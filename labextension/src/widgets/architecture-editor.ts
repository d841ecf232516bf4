/** The graph editor as a notebook widget. One session per widget: its views come and go, and share one graph. */
import '../elements/elements.css';
import '../editor/editor.css';
import { errorText, followTrait, widgetTransport, type MessageModel, type Traits } from '../api';
import { openGraph } from '../api/graph-channel';
import { ArchitectureEditor, EditorSession, type Saved } from '../editor';
import type { Author } from '../graph';

type Graph = Parameters<typeof openGraph>[0] extends { get(name: 'graph'): infer Value } ? Value : never;
type Model = MessageModel &
  Traits & { get(name: 'graph'): Graph; get(name: 'height'): number; get(name: 'author'): Author };

export default () => {
  let session: EditorSession;
  return {
    initialize({ model }: { model: Model }): () => void {
      const graph = openGraph(model);
      session = new EditorSession(graph.store, undefined, model.get('author'));
      return graph.close;
    },
    async render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
      const api = widgetTransport(model);
      try {
        const catalog = await api.architectures.catalog();
        const editor = new ArchitectureEditor(el, { session, catalog, api, height: model.get('height') });
        const unfollow = followTrait<Saved | null>(model, 'saved', saved => {
          editor.showSaved(saved);
        });
        return () => {
          unfollow();
          editor.dispose();
          api.dispose();
        };
      } catch (reason) {
        const { message, hint } = errorText(reason);
        el.textContent = `The editor cannot be opened: ${message} ${hint}`;
        return api.dispose;
      }
    }
  };
};
