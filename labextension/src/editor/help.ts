/** Help pages: Markdown with formulas between dollar signs, drawn as MathML, which needs no fonts of its own. */
import katex from 'katex';
import { Marked, type TokenizerAndRendererExtension, type Tokens } from 'marked';

interface Formula extends Tokens.Generic {
  text: string;
  display: boolean;
}

const render = (token: Tokens.Generic): string => {
  const { text, display } = token as Formula;
  return katex.renderToString(text, { output: 'mathml', displayMode: display, throwOnError: false });
};

const inline: TokenizerAndRendererExtension = {
  name: 'formula',
  level: 'inline',
  start: source => source.indexOf('$'),
  tokenizer(source) {
    const match = /^\$(?!\$)((?:\\.|[^$\\\n]|\n(?!\n))+?)\$/.exec(source);
    return match ? { type: 'formula', raw: match[0], text: match[1] ?? '', display: false } : undefined;
  },
  renderer: render
};

const block: TokenizerAndRendererExtension = {
  name: 'formulaBlock',
  level: 'block',
  start: source => source.indexOf('$$'),
  tokenizer(source) {
    const match = /^\$\$([\s\S]+?)\$\$(?:\n|$)/.exec(source);
    return match ? { type: 'formulaBlock', raw: match[0], text: match[1]?.trim() ?? '', display: true } : undefined;
  },
  renderer: token => `<div class="plab-formula" tabindex="0">${render(token)}</div>`
};

const marked = new Marked({
  extensions: [inline, block],
  renderer: {
    // A page is text: what looks like HTML in it is shown as it stands.
    html: ({ text }) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;'),
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      return /^https?:/.test(href) ? `<a href="${encodeURI(href)}" target="_blank" rel="noopener">${words}</a>` : words;
    }
  }
});

/** The page as HTML. What may be wider than the page can be scrolled with the keyboard too. */
export function renderHelp(markdown: string): string {
  return marked.parse(markdown, { async: false }).replaceAll('<pre>', '<pre tabindex="0">');
}
