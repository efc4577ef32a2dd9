// Options that environment variables may give. An option that is set wins over its variable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sporkle/options.hpp>

namespace sporkle::runtime {

/// Else $SPORKLE_MODE, else measure. Throws Error(invalid_argument) for a word that is no mode.
Mode mode_setting(std::optional<Mode> wanted);

/// Else $SPORKLE_THREADS, else the CPUs on which this process may run. Throws Error(invalid_argument).
int threads_setting(int wanted);

/// Else $SPORKLE_DEVICES, else nothing, which is all of them.
std::vector<std::string> devices_setting(const std::vector<std::string>& wanted);

/// Else what default_wisdom_path says.
std::string wisdom_setting(const std::optional<std::string>& wanted);

}  // namespace sporkle::runtime
