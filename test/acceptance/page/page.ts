// The page of the tutorial, on our client. What the server says is shown as text: the original put it into the page
// as markup, so that any server, or anyone who talked through it, could run scripts there.
import { createClient, raw } from '../../../src/index.ts';

const port = new URLSearchParams(location.search).get('port') ?? '8003';

const client = createClient({
  url: `ws://127.0.0.1:${port}/chatsocket`,
  envelope: raw(),
  // This server serves one connection, and answers no Close frame.
  reconnect: false,
  heartbeat: false,
  closeTimeout: 1_000,
});

const form = element('form', HTMLFormElement);
const input = element('txt', HTMLInputElement);
const submit = element('btn', HTMLButtonElement);
const close = element('close', HTMLButtonElement);
const content = element('content', HTMLElement);
const status = element('status', HTMLElement);

client.on('state', ({ current }) => {
  const isReady = current.status === 'ready';
  status.textContent = current.status;
  status.dataset.status = current.status;
  submit.disabled = !isReady;
  close.disabled = !isReady;
});
client.on('ready', () => {
  show('note', '【连接成功】');
  input.focus();
});
client.on('message', (message) => show('received', String(message)));
client.on('error', (error) => show('note', error.message));
client.on('closed', () => show('note', '【关闭连接】'));

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const message = input.value;
  input.value = '';
  client.send(message, { whenOffline: 'reject' }).then(
    () => show('sent', message),
    (error: Error) => show('note', error.message),
  );
});
close.addEventListener('click', () => void client.close());

client.connect();

function show(kind: 'sent' | 'received' | 'note', text: string): void {
  const item = document.createElement('li');
  item.className = kind;
  item.textContent = text;
  content.append(item);
  content.scrollTop = content.scrollHeight;
}

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no #${id} of the expected kind.`);
  return found;
}
