// Runs named scenarios of one client and prints one JSON line for each: {name, ok, error}.
// A scenario is an async function that throws when something is not as it should be.
import assert from 'node:assert/strict';

export { assert };

// What the driver hands over: JSON in the variable E2E.
export const given = JSON.parse(process.env.E2E);

// Runs `action` and returns what it throws, which must be a `kind` with this HTTP status; the message
// must name an explanation and hold no key.
export async function refused(kind, status, action) {
  let caught;
  try {
    await action();
  } catch (error) {
    caught = error;
  }
  assert.ok(caught, 'nothing was thrown');
  assert.ok(caught instanceof kind, `${caught.constructor.name}: ${caught.message}`);
  assert.equal(caught.status, status);
  for (const key of given.planted) {
    assert.ok(!String(caught.message).includes(key), 'the message holds a key');
  }
  return caught;
}

export function explained(error) {
  assert.match(error.message, /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/);
  return error;
}

export async function run(scenarios) {
  for (const [name, scenario] of Object.entries(scenarios)) {
    let error = null;
    try {
      await scenario();
    } catch (caught) {
      error = String(caught?.stack ?? caught);
    }
    console.log(JSON.stringify({ name, ok: error === null, error }));
  }
  process.exit(0);
}
