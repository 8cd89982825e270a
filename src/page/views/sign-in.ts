import { type Session, signIn } from '../api.js';
import { h } from '../dom.js';
import { failure } from '../parts.js';

/** Asks who is there. */
export function signInView({ node, refusal, whoMay }: Session, done: () => void): HTMLElement {
  const title = h('h1', {}, `Sign in to ${node}`);
  if (refusal !== null) return h('section', { class: 'sign-in' }, title, h('p', {}, refusal));
  const outcome = h('div', { 'aria-live': 'polite' });
  const user = h('input', {
    id: 'user',
    name: 'user',
    autocomplete: 'username',
    autocapitalize: 'none',
    required: true,
  });
  const password = h('input', {
    ...{ id: 'password', name: 'password', type: 'password', autocomplete: 'current-password', required: true },
  });
  const press = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    press.disabled = true;
    outcome.replaceChildren();
    try {
      await signIn(user.value, password.value);
      done();
    } catch (error) {
      outcome.replaceChildren(failure(error));
      password.value = '';
      password.focus();
    }
    press.disabled = false;
  };
  return h(
    'section',
    { class: 'sign-in' },
    title,
    h('p', { class: 'muted' }, whoMay),
    h(
      'form',
      { submit: (event) => void submit(event) },
      h('label', { for: 'user' }, 'User'),
      user,
      h('label', { for: 'password' }, 'Password'),
      password,
      press,
      outcome,
    ),
  );
}
