// Logins that all processes of an application share, each from its own memory, also while the network between them is cut.
//   npm install PATH-OF-THE-CHECKOUT express express-session
//   NAME=a PORT=3000 LISTEN=127.0.0.1:7379 node express-logins.mjs
//   NAME=b PORT=3001 LISTEN=127.0.0.1:7380 JOIN=127.0.0.1:7379 node express-logins.mjs
import express from 'express';
import session from 'express-session';
import { openNode } from 'mneme';
import { MnemeStore } from 'mneme/express-session';

const { NAME = 'a', PORT = '3000', LISTEN = '127.0.0.1:7379', JOIN, DIR = `data-${NAME}` } = process.env;

const node = await openNode({
  name: NAME,
  dir: DIR,
  listen: LISTEN,
  // To rehearse a cut: mneme drill cut a b
  allowDrills: true,
  ...(JOIN === undefined ? {} : { join: [JOIN] }),
});
node.on('member-down', ({ name }) => console.log(`${name} is down: its logins are kept here, and its users can come here`));
node.on('resolved', ({ message }) => console.log(message));

const app = express();
app.use(
  session({
    store: new MnemeStore(node),
    secret: process.env.SECRET ?? 'change me',
    cookie: { maxAge: 3_600_000 },
    resave: false,
    rolling: true,
    saveUninitialized: false,
  }),
);
app.post('/login/:user', (request, response) => {
  request.session.user = request.params.user;
  response.send(`welcome, ${request.params.user}\n`);
});
app.get('/', (request, response) => response.send(`${request.session.user ?? 'nobody'}\n`));
app.post('/logout', (request, response) => request.session.destroy(() => response.send('bye\n')));

const server = app.listen(Number(PORT), '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}, node at ${node.address}`),
);

process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await node.close();
});
