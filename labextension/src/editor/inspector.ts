/** The settings of what is selected: always the selection, committed as one types, with the kind's help below. */
import type {
  Block,
  Catalog,
  CheckResult,
  GraphDocument,
  GraphNode,
  KindCard,
  Operation,
  Param,
  ParamValue
} from '../generated';
import { BLOCK_PREFIX, kindOf } from '../graph';
import { CommentPanel } from './comments/panel';
import { connectionsOf } from './connections-list';
import { fill, h, icon } from './dom';
import { count, plural, shape, valueOf } from './format';
import { renderHelp } from './help';
import { helpFigure } from './help-figure';
import { type Choice, ParamField } from './param-field';
import { checkInside } from './inner-check';
import type { EditorSession, Selection } from './session';
import type { Suggestion } from './suggestion-list';

export interface InspectorOptions {
  catalog: Catalog;
  session: EditorSession;
  /** The data sets that can be chosen. */
  datasets: () => Promise<Choice[]>;
  /** Names of whole networks of a library that may be meant by a text; `architecture` where they depend on one. */
  networks: (library: string, text: string, architecture: string) => Promise<Suggestion[]>;
  onDelete: () => void;
}

export class Inspector {
  readonly element = h('aside', { class: 'plab-inspector', 'aria-label': 'Settings of the selection' });
  private fields = new Map<string, ParamField>();
  private note: HTMLInputElement | undefined;
  private blockName: HTMLInputElement | undefined;
  private readonly facts = h('dl', { class: 'plab-facts' });
  private readonly figure = h('div');
  private drawn = '';
  private readonly connections = h('div');
  private readonly comments: CommentPanel;
  private shown = '';

  constructor(private readonly options: InspectorOptions) {
    this.comments = new CommentPanel(options.session);
  }

  /** Shows the selection. What somebody types in just now is left alone. */
  show(selection: Selection): void {
    const { document } = this.options.session.store;
    const [id] = selection.nodes;
    const node = id === undefined ? undefined : document.nodes[id];
    if (selection.nodes.size === 1 && selection.edges.size === 0 && id !== undefined && node) {
      const key = `${id}:${node.kind}`;
      if (this.shown !== key) {
        this.shown = key;
        this.buildNode(id, node);
      }
      this.update(id, node, document);
      return;
    }
    this.shown = '';
    this.fields.clear();
    if (selection.nodes.size + selection.edges.size === 0) {
      this.buildDocument(document);
    } else {
      this.buildMany(selection, document);
    }
  }

  /** Puts the cursor into the first setting. */
  focusFirst(): void {
    const first = [...this.fields.values()][0];
    if (first) {
      first.focus();
    } else {
      this.note?.focus();
    }
  }

  /** Puts the cursor where a comment on the selected node is written. */
  focusComments(): void {
    this.comments.focus();
  }

  /** Lets somebody call the selected block something: its name is marked, to be typed over. */
  nameBlock(): void {
    this.blockName?.focus();
    this.blockName?.select();
  }

  /** Puts the cursor into the name of the selected node. */
  focusName(): void {
    const details = this.note?.closest('details');
    if (details) {
      details.open = true;
    }
    this.note?.focus();
  }

  private get store(): EditorSession['store'] {
    return this.options.session.store;
  }

  private buildNode(id: string, node: GraphNode): void {
    const kind = kindOf(this.store.document, this.options.catalog, node.kind);
    this.fields = new Map(kind?.params.map(param => [param.name, this.field(id, param)]));
    this.note = this.textField(node.note, 'Name', kind?.label ?? node.kind, note => {
      this.change([{ op: 'setNote', id, note }], `Rename ${id}`, `${id}#note`);
    });
    this.blockName = this.blockField(node.kind);
    const basic = kind?.params.filter(param => param.basic) ?? [];
    const more = kind?.params.filter(param => !param.basic) ?? [];
    fill(
      this.element,
      h('header', { class: 'plab-inspector-head' }, h('h2', {}, kind?.label ?? node.kind), h('code', {}, id)),
      this.comments.jump,
      h('p', { class: 'plab-quiet' }, kind?.summary ?? `The kind “${node.kind}” is not installed here.`),
      this.blockName &&
        h('div', { class: 'plab-param' }, h('label', {}, 'Name of the block, wherever it is used', this.blockName)),
      ...this.elementsOf(basic),
      more.length > 0 &&
        h('details', { class: 'plab-more' }, h('summary', {}, 'More settings'), ...this.elementsOf(more)),
      h('details', { class: 'plab-more' }, h('summary', {}, 'Name'), h('div', { class: 'plab-param' }, this.note)),
      this.facts,
      this.connections,
      this.deleteButton('Delete'),
      this.comments.element,
      kind ? helpPage(kind, this.figure) : null
    );
    this.element.scrollTop = 0;
    this.fillDatasets(kind, id);
  }

  private update(id: string, node: GraphNode, document: GraphDocument): void {
    const kind = kindOf(document, this.options.catalog, node.kind);
    for (const param of kind?.params ?? []) {
      this.fields.get(param.name)?.show(valueOf(node, param));
    }
    if (this.blockName && this.blockName !== window.document.activeElement) {
      this.blockName.value = kind?.label ?? '';
    }
    if (this.note && this.note !== window.document.activeElement) {
      this.note.value = node.note;
    }
    this.comments.show(id);
    this.showFigure(node, kind);
    fill(this.facts, ...factRows(id, checkInside(this.options.session.check, this.options.session.path)));
    if (!this.connections.contains(window.document.activeElement)) {
      fill(
        this.connections,
        connectionsOf(document, id, {
          catalog: this.options.catalog,
          onConnect: (edgeId, edge) => {
            this.leaveConnections();
            this.change([{ op: 'addEdge', id: edgeId, edge }], 'Connect');
          },
          onDisconnect: edgeId => {
            this.leaveConnections();
            this.change([{ op: 'removeEdge', id: edgeId }], 'Remove the connection');
          }
        })
      );
    }
  }

  private buildDocument(document: GraphDocument): void {
    const { meta } = document;
    const what = this.options.session.path.length > 0 ? 'Block' : 'Network';
    const name = this.textField(meta.name, `Name of the ${what.toLowerCase()}`, what, text => {
      this.change(
        [{ op: 'setMeta', meta: { ...this.store.document.meta, name: text || what } }],
        `Rename the ${what.toLowerCase()}`,
        '#meta'
      );
    });
    if (this.element.contains(window.document.activeElement) && this.element.querySelector('.plab-network')) {
      return; // Somebody types the name just now.
    }
    fill(
      this.element,
      h('header', { class: 'plab-inspector-head plab-network' }, h('h2', {}, what)),
      h('div', { class: 'plab-param' }, h('label', {}, 'Name', name)),
      h(
        'ul',
        { class: 'plab-tips' },
        tip('Drag a layer from the left onto the canvas, or double-click it to add it behind the selected one.'),
        tip('Pull a line from the port where a layer ends to the port where the next one begins.'),
        tip('Select a layer to see its settings and its help here.'),
        tip('Drag the background to move about, Shift + drag to select several, scroll to zoom.')
      )
    );
  }

  private buildMany(selection: Selection, document: GraphDocument): void {
    const parts = [
      selection.nodes.size > 0 && plural(selection.nodes.size, 'layer'),
      selection.edges.size > 0 && plural(selection.edges.size, 'connection')
    ].filter(Boolean);
    const [only] = selection.edges;
    const edge = selection.nodes.size === 0 && selection.edges.size === 1 && only ? document.edges[only] : undefined;
    fill(
      this.element,
      h(
        'header',
        { class: 'plab-inspector-head' },
        h('h2', {}, edge ? 'Connection' : `${parts.join(' and ')} selected`)
      ),
      edge && h('p', {}, `From ${edge.from} to ${edge.to}.`),
      this.deleteButton(edge ? 'Remove the connection' : 'Delete')
    );
  }

  /** Draws what the layer does, anew only where its settings changed: what moves would begin again. */
  private showFigure(node: GraphNode, kind: KindCard | undefined): void {
    const now = JSON.stringify([node.kind, node.params]);
    if (now !== this.drawn) {
      this.drawn = now;
      const valueIn = (name: string): ParamValue => {
        const param = kind?.params.find(other => other.name === name);
        return param ? valueOf(node, param) : null;
      };
      fill(this.figure, helpFigure(node.kind, valueIn));
    }
  }

  /** The name of a block's definition; undefined for other kinds. */
  private blockField(kind: string): HTMLInputElement | undefined {
    const id = kind.slice(BLOCK_PREFIX.length);
    const definition = (): Block | undefined =>
      kind.startsWith(BLOCK_PREFIX) ? this.store.document.blocks[id] : undefined;
    const block = definition();
    return (
      block &&
      this.textField(block.label, 'Name of the block', 'Block', text => {
        const now = definition();
        if (now) {
          const renamed = { ...now, label: text || 'Block' };
          this.change([{ op: 'setBlock', id, block: renamed }], 'Rename the block', `${id}#block`);
        }
      })
    );
  }

  private field(id: string, param: Param): ParamField {
    return new ParamField({
      param,
      choices: param.choices.map(value => ({ value, label: value.replaceAll('_', ' ') })),
      ...(param.suggestions && {
        suggest: text => this.options.networks(param.suggestions, text, this.architectureOf(id))
      }),
      onChange: value => {
        this.change(
          [{ op: 'setParams', id, params: { [param.name]: value } }],
          `Set ${param.label} of ${id}`,
          `${id}.${param.name}`
        );
      },
      onDone: () => {
        this.store.history.seal();
      }
    });
  }

  /** The architecture that an encoder is chosen for; empty for nodes without one. */
  private architectureOf(id: string): string {
    const { document } = this.store;
    const node = document.nodes[id];
    const kind = node && kindOf(document, this.options.catalog, node.kind);
    const param = kind?.params.find(other => other.name === 'architecture');
    return node && param ? String(valueOf(node, param) ?? '') : '';
  }

  private fillDatasets(kind: KindCard | undefined, id: string): void {
    const param = kind?.params.find(other => other.type === 'dataset');
    const field = param && this.fields.get(param.name);
    if (!param || !field) {
      return;
    }
    const current = (): ReturnType<typeof valueOf> => {
      const node = this.store.document.nodes[id];
      return node ? valueOf(node, param) : null;
    };
    field.setChoices([], current());
    this.options
      .datasets()
      .then(choices => {
        field.setChoices(choices, current());
      })
      .catch((reason: unknown) => {
        console.error('PathoLearn Lab: no list of data sets', reason);
      });
  }

  private elementsOf(params: readonly Param[]): HTMLElement[] {
    return params.flatMap(param => this.fields.get(param.name)?.element ?? []);
  }

  private textField(
    value: string,
    label: string,
    placeholder: string,
    onInput: (text: string) => void
  ): HTMLInputElement {
    const input = h('input', { type: 'text', 'aria-label': label, placeholder, value, maxlength: 200 });
    input.addEventListener('input', () => {
      onInput(input.value);
    });
    input.addEventListener('keydown', event => {
      if (event.key === 'Enter') {
        this.element.closest<HTMLElement>('.plab-editor')?.focus({ preventScroll: true });
      }
    });
    input.addEventListener('blur', () => {
      this.store.history.seal();
    });
    return input;
  }

  private deleteButton(label: string): HTMLElement {
    return h('button', { type: 'button', class: 'plab-button', onclick: this.options.onDelete }, icon('trash'), label);
  }

  /** The list is built anew after a change, so that the focus must not stay in the old one. */
  private leaveConnections(): void {
    this.element.closest<HTMLElement>('.plab-editor')?.focus({ preventScroll: true });
  }

  private change(operations: Operation[], label: string, mergeKey?: string): void {
    this.store.dispatch(operations, label, mergeKey);
  }
}

function factRows(id: string, check: CheckResult | undefined): HTMLElement[] {
  const facts = check?.nodes[id];
  // Without an output nothing is known yet: an issue above hides it.
  if (!facts || Object.keys(facts.outputs).length === 0) {
    return [];
  }
  const rows: [string, string][] = [
    ...Object.values(facts.outputs).map((sizes): [string, string] => ['Output', shape(sizes)]),
    ['Weights', count(facts.parameters)],
    ['Multiply-adds', count(facts.multiply_adds)],
    ...(facts.receptive_field === null
      ? []
      : ([['Receptive field', `${count(facts.receptive_field)} px`]] as [string, string][]))
  ];
  return rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]);
}

function helpPage(kind: KindCard, figure: HTMLElement): HTMLElement {
  const page = h('div', { class: 'plab-help-page' });
  page.innerHTML = renderHelp(kind.help);
  return h(
    'details',
    { class: 'plab-more plab-help', open: true },
    h('summary', {}, 'Help'),
    figure,
    page,
    kind.torch &&
      h(
        'p',
        {},
        h('a', { href: kind.torch, target: '_blank', rel: 'noopener' }, 'PyTorch documentation (opens a new tab)')
      )
  );
}

function tip(text: string): HTMLElement {
  return h('li', {}, text);
}
