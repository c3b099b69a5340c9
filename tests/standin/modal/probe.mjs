// probe.mjs - a sandbox's readiness: asked again and again until the port answers or the command succeeds.
import { Exec } from './exec.mjs';
import { dial } from './tunnels.mjs';
import { sleep } from './wait.mjs';

export class Probe {
  constructor(sandbox, { tcp_port: port, exec_command: command, interval_ms: interval = 100 }) {
    Object.assign(this, { sandbox, interval });
    this.ask = port ? () => this.#connects(port) : () => this.#succeeds(command.argv);
    this.#run();
  }

  async #run() {
    while (!this.sandbox.result) {
      if (await this.ask()) {
        this.sandbox.readyAt = Date.now() / 1000;
        this.sandbox.changed.ring();
        return;
      }
      await sleep(this.interval);
    }
  }

  async #connects(port) {
    const { inner, joined } = dial(this.sandbox, port);
    const answered = await joined;
    inner.destroy();
    return answered;
  }

  async #succeeds(argv) {
    const exec = new Exec(this.sandbox.jail, { id: 'probe', argv, stdout: false, stderr: false });
    await exec.finished();
    return exec.exitCode === 0;
  }
}
