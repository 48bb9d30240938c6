/**
 * The dialog in which an account is chosen: the embedded one or one on a real server. It has no field for a password on purpose: the process asks
 * for it in its terminal, so that no page and no message ever holds one.
 */
import type { Stage, Wanted } from '../console/protocol.js';
import { byId, h, setText } from './dom.js';

export class AccountDialog {
  readonly #dialog = byId('account') as HTMLDialogElement;
  readonly #name = h('input', {
    attrs: { type: 'text', inputmode: 'email', placeholder: 'you@example.org', autocomplete: 'off', spellcheck: 'false' },
  });
  readonly #url = h('input', {
    attrs: { type: 'text', inputmode: 'url', placeholder: 'found by DNS', autocomplete: 'off', spellcheck: 'false' },
  });
  readonly #embedded = h('span', {});

  constructor(choose: (wanted: Wanted) => void) {
    const close = (): void => this.#dialog.close();
    const use = (): void => {
      const [name, url] = [this.#name.value.trim(), this.#url.value.trim()];
      if (name === '') return this.#name.focus();
      choose({ do: 'account', name, ...(url === '' ? {} : { url }) });
      close();
    };
    for (const field of [this.#name, this.#url]) {
      field.addEventListener('keydown', ({ key }) => {
        if (key === 'Enter') use();
      });
    }
    const button = (text: string, act: () => void, classes = ''): HTMLElement =>
      h('button', { class: classes, attrs: { type: 'button' }, on: { click: act } }, text);
    this.#dialog.append(
      h('h2', { id: 'account-title' }, 'Account'),
      h('p', {}, 'The embedded server is a small real XMPP server in this very process: ', this.#embedded, '.'),
      button('Use the embedded account', () => {
        choose({ do: 'account' });
        close();
      }),
      h('hr'),
      h('label', {}, 'Address on a real server', this.#name),
      h('label', {}, 'Address of the server, if it is not found by name', this.#url),
      h(
        'p',
        { class: 'fine' },
        'At “Sign in” the password is asked for in the terminal in which the console runs. It never passes this page.',
      ),
      h('div', { class: 'row' }, button('Use this account', use, 'primary'), button('Close', close)),
    );
  }

  open(): void {
    this.#dialog.showModal();
  }
  know({ server }: Stage): void {
    setText(this.#embedded, server.url);
  }
}
