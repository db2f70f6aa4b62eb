// What the table of keys says, in the forms that others read: the JSON Schema that is published as
// docs/config.schema.json, the reference docs/configuration.md, and one configuration with every
// default filled in.
#pragma once

#include <string>

#include "app/problem.h"

namespace sally::app {

// JSON Schema, draft 2020-12.
std::string config_schema();

// docs/configuration.md, below its title and introduction.
std::string config_reference();

// The configuration as it is in force, defaults included, as YAML or as JSON. Secrets appear as the
// references they are. `root` passed check_against_table.
std::string effective_yaml(const YamlNode& root);
std::string effective_json(const YamlNode& root);

}  // namespace sally::app
