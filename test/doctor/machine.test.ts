import { Chalk } from 'chalk';
import t from 'tap';
import { probeMachine } from '../../harness/doctor/machine.js';
import { renderJson, renderTable } from '../../harness/doctor/table.js';

const plain = new Chalk({ level: 0 });

t.test('every capability says what it is for, and what to do without it', async (t) => {
  const capabilities = await probeMachine();
  const names = capabilities.map((capability) => capability.name);
  t.same(new Set(names).size, names.length, 'names are unique');
  for (const capability of capabilities) {
    t.ok(capability.detail && capability.neededFor, capability.name);
    t.ok(capability.ok || capability.package || capability.fix, `${capability.name} has a remedy`);
  }
});

t.test(
  'the table names the package or the fix of what is missing, and nothing of what is there',
  async (t) => {
    const table = renderTable(
      [
        { name: 'strace', ok: false, detail: 'not installed', neededFor: 'calls', package: 'strace' },
        {
          name: 'docker daemon',
          ok: false,
          detail: 'no such socket',
          neededFor: 'places',
          package: 'docker.io',
          fix: 'start it',
        },
        { name: 'root', ok: true, detail: 'user id 0', neededFor: 'mounting', fix: 'sudo' },
      ],
      plain,
    );
    t.equal(
      table,
      [
        'missing  strace         not installed   calls',
        'missing  docker daemon  no such socket  places',
        'ok       root           user id 0       mounting',
        '',
        'To get what is missing:',
        '  strace         apt-get install strace',
        '  docker daemon  start it',
      ].join('\n'),
    );
  },
);

t.test('a machine that has everything gets no list of remedies', async (t) => {
  t.equal(
    renderTable([{ name: 'node', ok: true, detail: '20.20.0', neededFor: 'it' }], plain),
    'ok       node  20.20.0  it',
  );
  t.equal(renderTable([], plain), '');
});

t.test('the JSON form bears its schema', async (t) => {
  const capability = { name: 'node', ok: true, detail: '20.20.0', neededFor: 'it' };
  t.same(JSON.parse(renderJson([capability])), { schema: 'plugpull.doctor/1', capabilities: [capability] });
});
