// Metrics of the parts that keep none themselves.
#pragma once

#include "base/clock.h"
#include "core/metric.h"
#include "identity/grants.h"
#include "identity/oidc/issuers.h"
#include "ledger/ledger.h"
#include "policy/authorizer.h"

namespace sally::app {

// `now` and the process's beginning `began` give the age of the checkpoint: how long ago it was
// signed, while entries wait for the next; 0 while it covers all.
void append_ledger_metrics(MetricFamilies& out, const ledger::LedgerStatus& status, WallTime began,
                           WallTime now);

// Bodies of which nothing is kept though it should be: no room, or no key.
void append_capture_metrics(MetricFamilies& out, uint64_t dropped);

// The policies in force, forbids of them that failed, and what a shadow set said differently.
void append_policy_metrics(MetricFamilies& out, const policy::CedarAuthorizer& authorizer);

// The keys of the issuers of tokens: how old, how often they were fetched, or could not be.
void append_issuer_metrics(MetricFamilies& out, const identity::Issuers& issuers, WallTime now);

// Grants of roles that are active.
void append_grant_metrics(MetricFamilies& out, const identity::ActiveGrants::Count& count);

// When the gate's certificate ends.
void append_certificate_metrics(MetricFamilies& out, WallTime ends);

}  // namespace sally::app
