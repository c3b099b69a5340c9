// images.mjs (sdk) - the app, and images from a registry, in layers, published, deleted.
import assert from 'node:assert/strict';

export const images = [
  {
    name: 'app: look up and create',
    async run(session) {
      const { modal, sdk } = session;
      await assert.rejects(modal.apps.fromName(`no-such-${session.suffix}`), sdk.NotFoundError);
      session.app = await modal.apps.fromName(`app-${session.suffix}`, { createIfMissing: true });
      assert.match(session.app.appId, /^ap-/);
    },
  },
  {
    name: 'image: from a registry, built once, then cached',
    async run(session) {
      const { modal, app } = session;
      const tag = `python:3.12-${session.suffix}`;
      session.image = await modal.images.fromRegistry(tag).build(app);
      const joined = await session.called('ImageJoinStreaming');
      const again = await modal.images.fromRegistry(tag).build(app);
      assert.equal(again.imageId, session.image.imageId);
      assert.equal(await session.called('ImageJoinStreaming'), joined);
    },
  },
  {
    name: 'image: layers of Dockerfile commands',
    needs: ['image.dockerfileCommands'],
    async run(session) {
      session.layered = await session.image
        .dockerfileCommands(['RUN mkdir -p /srv/built && echo built > /srv/built/mark', 'ENV COLOUR=green'])
        .dockerfileCommands(['WORKDIR /srv/built', 'RUN pip install requests'])
        .build(session.app);
      const sandbox = await session.create({}, session.layered);
      const { stdout } = await session.run(sandbox, ['sh', '-c', 'pwd; cat mark; echo $COLOUR']);
      assert.equal(stdout, '/srv/built\nbuilt\ngreen\n');
    },
  },
  {
    name: 'image: a build that fails',
    needs: ['image.dockerfileCommands'],
    async run(session) {
      await assert.rejects(
        session.image.dockerfileCommands([`RUN FAIL ${session.suffix}`]).build(session.app),
        /failed/,
      );
    },
  },
  {
    name: 'image: private registry with a secret',
    async run(session) {
      const { modal, app } = session;
      const secret = await modal.secrets.fromObject({ REGISTRY_USERNAME: 'me', REGISTRY_PASSWORD: 'it' });
      const image = await modal.images.fromRegistry(`private.test/one:${session.suffix}`, secret).build(app);
      assert.match(image.imageId, /^im-/);
    },
  },
  {
    name: 'image: by id, published by name, deleted',
    needs: ['image.publish', 'modal.images.fromName', 'modal.images.delete'],
    async run(session) {
      const { modal, sdk } = session;
      assert.equal((await modal.images.fromId(session.image.imageId)).imageId, session.image.imageId);
      await session.layered.publish(`base-${session.suffix}`);
      const found = await modal.images.fromName(`base-${session.suffix}`);
      assert.equal(found.imageId, session.layered.imageId);
      await assert.rejects(modal.images.fromName('nothing-of-the-kind'), sdk.NotFoundError);
      const last = await session.image.dockerfileCommands(['RUN true']).build(session.app);
      await modal.images.delete(last.imageId);
      await assert.rejects(modal.images.fromId(last.imageId), sdk.NotFoundError);
    },
  },
];
