/** What the sources see of the shop in one trouble or another, before and after changes. */
import { Case } from './diagnosis-case.ts';
import type { Effect, Scene } from './world.ts';

/** All is well, and checkout's two routes are asked. */
function well(): Case {
  return new Case()
    .route('checkout', 'POST', '/quote', { 'error-ratio': [0, 0], 'latency-p95': [0.03, 0.03], 'request-rate': [4, 4] })
    .route('checkout', 'POST', '/orders', { 'error-ratio': [0, 0], 'latency-p95': [0.05, 0.05], 'request-rate': [8, 8] });
}

export const healthy: Scene = () => well();

/** ECS answers, the metrics are gone. */
export const silent: Scene = () => new Case().drop((fact) => fact.kind.endsWith('signal') || fact.kind === 'reporting');

/** A new revision of checkout fails one of its routes; storefront passes the failures on. */
function brokenRevision(): Case {
  return new Case()
    .deployed('checkout', 'checkout:2', -90)
    .service('checkout', { 'error-ratio': [0.35, 0] })
    .everyTask('checkout', { 'error-ratio': [0.35, 0] })
    .route('checkout', 'POST', '/quote', { 'error-ratio': [1, 0], 'latency-p95': [0.02, 0.03], 'request-rate': [4, 4] })
    .route('checkout', 'POST', '/orders', { 'error-ratio': [0, 0], 'latency-p95': [0.05, 0.05], 'request-rate': [8, 8] })
    .call('storefront', 'checkout', { 'error-ratio': [0.35, 0] })
    .service('storefront', { 'error-ratio': [0.3, 0] })
    .everyTask('storefront', { 'error-ratio': [0.3, 0] });
}

export const badDeployment: Scene = () => brokenRevision();

/** As `badDeployment`, until checkout is rolled back: then `afterwards`. An undo brings the broken revision back. */
function untilRolledBack(afterwards: () => Case): Scene {
  return (done) => {
    const last = lastChange(done, 'checkout');
    if (last?.step === 'execute') return afterwards();
    return last?.step === 'undo' ? deployedAgain(brokenRevision()) : brokenRevision();
  };
}

export const badDeploymentCured = untilRolledBack(() => rolledBack(well().deployed('checkout', 'checkout:2', -90)));

export const badDeploymentNotCured = untilRolledBack(() => rolledBack(brokenRevision()));

/** The roll-back makes it three times worse. */
export const badDeploymentWorsened = untilRolledBack(() =>
  rolledBack(
    brokenRevision()
      .service('checkout', { 'error-ratio': [0.99, 0] })
      .everyTask('checkout', { 'error-ratio': [0.99, 0] }),
  ),
);

function rolledBack(scene: Case): Case {
  return scene.deployed('checkout', 'checkout:1', 150);
}

function deployedAgain(scene: Case): Case {
  return rolledBack(scene).deployed('checkout', 'checkout:2', 600);
}

/** A new revision of cart answers well, and otherwise than before: checkout cannot read it. Going back with cart cures it. */
export const brokenReader: Scene = (done) => {
  const released = well().deployed('cart', 'cart:2', -90);
  if (lastChange(done, 'cart')) return released.deployed('cart', 'cart:1', 150);
  return released
    .service('checkout', { 'error-ratio': [0.9, 0] })
    .everyTask('checkout', { 'error-ratio': [0.9, 0] })
    .call('storefront', 'checkout', { 'error-ratio': [0.9, 0] })
    .service('storefront', { 'error-ratio': [0.25, 0] })
    .everyTask('storefront', { 'error-ratio': [0.25, 0] });
};

/** Every task of cart is slow; nothing was deployed. A restart cures it. */
export const slowCart: Scene = (done) => {
  if (lastChange(done, 'cart')) return new Case();
  return new Case()
    .service('cart', { 'latency-p95': [1.4, 0.04], 'in-flight': [9, 0.5] })
    .everyTask('cart', { 'latency-p95': [1.4, 0.04], 'in-flight': [4.5, 0.3] })
    .call('storefront', 'cart', { 'latency-p95': [1.4, 0.05] })
    .call('checkout', 'cart', { 'latency-p95': [1.4, 0.05], 'error-ratio': [0.1, 0] })
    .service('checkout', { 'latency-p95': [1.5, 0.06], 'error-ratio': [0.1, 0] })
    .everyTask('checkout', { 'latency-p95': [1.5, 0.06], 'error-ratio': [0.1, 0] });
};

function lastChange(done: readonly Effect[], service: string): Effect | undefined {
  return done.findLast((effect) => effect.service === service && effect.step !== 'elsewhere');
}

/** Right after a new revision checkout is slower than it was, though by less than any rule takes for trouble; the revision before it is not. */
export const unexplained: Scene = (done) => {
  const changed = new Case().deployed('checkout', 'checkout:2', -90);
  if (lastChange(done, 'checkout')) return rolledBack(changed);
  return changed.service('checkout', { 'latency-p95': [0.3, 0.04] });
};

/** Cart fails, though none of its tasks does, nor what it calls: no rule explains it. A restart cures it. */
export const unexplainedErrors: Scene = (done) =>
  lastChange(done, 'cart') ? new Case() : new Case().service('cart', { 'error-ratio': [0.2, 0] });
