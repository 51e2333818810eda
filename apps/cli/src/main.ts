// The `kith` command: finds the program that was asked for, and hands it the rest of the line. Each is loaded when it is
// asked for, so that one does not wait for what only another needs.

const USAGE = `kith: chat that you run yourself

  kith serve    starts the server; its settings come from the environment (docs/configuration.md)
  kith prove    runs the server's core and its clients against everything that may go wrong (kith prove --help)
  kith help     this page

Exit status: 2 where a command is not known, else that of the command.`;

const [name = 'help', ...args] = process.argv.slice(2);

switch (name) {
  case 'serve':
    await import('@kith/server/main');
    break;
  case 'prove': {
    const { prove } = await import('@kith/prover/prove');
    process.exitCode = await prove(args);
    break;
  }
  case 'help':
  case '--help':
    console.log(USAGE);
    break;
  default:
    console.error(`kith: there is no command ${name}\n\n${USAGE}`);
    process.exitCode = 2;
}
