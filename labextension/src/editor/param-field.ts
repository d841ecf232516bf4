/** One setting in the inspector: it commits as one types, and says in place what is wrong. */
import type { Param, ParamValue } from '../generated';
import { fill, h, icon } from './dom';
import { parseValue } from './param-value';
import { type Suggestion, SuggestionList } from './suggestion-list';

export interface Choice {
  value: string;
  label: string;
}

export interface ParamFieldOptions {
  param: Param;
  choices: Choice[];
  /** What may be meant by what was typed, where names are many. */
  suggest?: (text: string) => Promise<Suggestion[]>;
  onChange: (value: ParamValue) => void;
  /** The field was left: what is typed next is a new undo step. */
  onDone: () => void;
}

let count = 0;

export class ParamField {
  readonly element: HTMLElement;
  private readonly control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
  private readonly problem: HTMLElement;
  private readonly reset: HTMLButtonElement;
  private suggestions: SuggestionList | undefined;

  constructor(private readonly options: ParamFieldOptions) {
    const { param } = options;
    const id = `plab-field-${(count += 1)}`;
    this.problem = h('p', { class: 'plab-field-problem', id: `${id}-problem`, role: 'alert', hidden: true });
    this.control = this.makeControl(id);
    this.control.setAttribute('aria-describedby', `${id}-help ${id}-problem`);
    this.control.addEventListener('blur', options.onDone);
    this.reset = h(
      'button',
      {
        type: 'button',
        class: 'plab-icon-button',
        title: `Reset to ${textOf(param.default) || 'empty'}`,
        'aria-label': `Reset ${param.label} to its default`,
        onclick: () => {
          this.showProblem('');
          options.onChange(null);
          options.onDone();
        }
      },
      icon('reset')
    );
    const label = h('label', { for: id }, param.label);
    const help = h('p', { class: 'plab-field-help', id: `${id}-help` }, param.help);
    const row =
      param.type === 'bool'
        ? [h('div', { class: 'plab-field-row' }, this.control, label, this.reset)]
        : [
            h('div', { class: 'plab-field-head' }, label, this.reset),
            h(
              'div',
              { class: 'plab-field-row' },
              this.control,
              this.suggestions?.element,
              param.unit && h('span', { class: 'plab-unit' }, param.unit)
            )
          ];
    this.element = h('div', { class: 'plab-param', 'data-param': param.name }, ...row, this.problem, help);
  }

  /** Shows the document's value, except where somebody types one just now. */
  show(value: ParamValue): void {
    const { param } = this.options;
    this.reset.hidden = value === param.default;
    if (this.control instanceof HTMLInputElement && this.control.type === 'checkbox') {
      this.control.checked = value === true;
      return;
    }
    const parsed = parseValue(param, this.control.value);
    const isTyped = document.activeElement === this.control && ('problem' in parsed || parsed.value === value);
    if (!isTyped && this.control.value !== textOf(value)) {
      this.control.value = textOf(value);
      this.showProblem('');
    }
  }

  setChoices(choices: Choice[], value: ParamValue): void {
    if (this.control instanceof HTMLSelectElement) {
      fillOptions(this.control, choices, textOf(value));
    }
  }

  focus(): void {
    this.control.focus();
  }

  private makeControl(id: string): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
    const { param, choices, onChange } = this.options;
    if (param.type === 'bool') {
      const box = h('input', { type: 'checkbox', id });
      box.addEventListener('change', () => {
        onChange(box.checked);
      });
      return box;
    }
    if (param.type === 'choice' || param.type === 'dataset') {
      const select = h('select', { id });
      fillOptions(select, choices, textOf(param.default));
      select.addEventListener('change', () => {
        onChange(select.value);
      });
      return select;
    }
    if (param.type === 'code') {
      const area = h('textarea', { id, rows: 4, wrap: 'off', autocomplete: 'off', spellcheck: 'false' });
      area.addEventListener('input', () => {
        onChange(area.value);
      });
      return area;
    }
    const input = h('input', {
      type: 'text',
      id,
      inputmode: param.type === 'int' ? 'numeric' : param.type === 'float' ? 'decimal' : 'text',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: param.default === null ? 'empty' : ''
    });
    input.addEventListener('input', () => {
      this.commit(input.value);
    });
    input.addEventListener('keydown', event => {
      this.step(event, input);
    });
    if (this.options.suggest) {
      this.suggestions = new SuggestionList(input, this.options.suggest, text => {
        input.value = text;
        this.commit(text);
      });
    }
    return input;
  }

  private commit(text: string): void {
    const parsed = parseValue(this.options.param, text);
    this.showProblem('problem' in parsed ? parsed.problem : '');
    if ('value' in parsed) {
      this.options.onChange(parsed.value);
    }
  }

  /** Arrow keys count whole numbers up and down. */
  private step(event: KeyboardEvent, input: HTMLInputElement): void {
    const by = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (
      by !== 0 &&
      ['int', 'size'].includes(this.options.param.type) &&
      Number.isInteger(Number(input.value || Number.NaN))
    ) {
      event.preventDefault();
      input.value = String(Number(input.value) + by);
      this.commit(input.value);
    }
  }

  private showProblem(text: string): void {
    this.problem.textContent = text;
    this.problem.hidden = text === '';
    this.control.setAttribute('aria-invalid', String(text !== ''));
  }
}

function textOf(value: ParamValue): string {
  return value === null ? '' : String(value);
}

function fillOptions(select: HTMLSelectElement, choices: Choice[], value: string): void {
  const known = choices.some(choice => choice.value === value)
    ? choices
    : [{ value, label: value === '' ? 'Choose …' : `${value} (not found)` }, ...choices];
  fill(select, ...known.map(choice => h('option', { value: choice.value }, choice.label)));
  select.value = value;
}
