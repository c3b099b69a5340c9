// secrets.mjs (api) - secrets and proxies.
import { fail } from '../errors.mjs';

export function secretHandlers(world) {
  const { secrets } = world;
  return {
    SecretGetOrCreate: ({
      deployment_name: name = '',
      environment_name: environment = '',
      object_creation_type: type,
      env_dict: values,
      required_keys: required,
    }) => {
      for (const key of Object.keys(values)) {
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) throw fail('INVALID_ARGUMENT', `"${key}" is no name for a variable`);
      }
      const secret = secrets.getOrCreate(type, name, environment, () => ({ values }));
      const missing = required.filter((key) => !(key in secret.values));
      if (missing.length) throw fail('FAILED_PRECONDITION', `Secret is missing key(s): ${missing.join(', ')}`);
      return { secret_id: secret.id };
    },

    SecretList: ({ environment_name: environment = '', pagination }) => ({
      items: secrets.page(environment, pagination ?? {}).map((secret) => ({
        label: secret.name,
        created_at: secret.createdAt,
        environment_name: environment,
        secret_id: secret.id,
      })),
      environment_name: environment,
    }),

    SecretDelete: ({ secret_id: secretId }) => {
      secrets.get(secretId);
      secrets.byId.delete(secretId);
    },

    ProxyGet: ({ name }) => ({ proxy: { proxy_id: name === 'missing' ? '' : `pr-${name}` } }),
  };
}
