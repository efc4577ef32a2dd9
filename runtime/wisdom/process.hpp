// Which process began something, and whether it still lives: for trials that nobody finished.
#pragma once

#include <string>

namespace sporkle::runtime {

/// This process, as text: boot, process namespace, number and start time, so that a number that is used again
/// later, or in another container, is told apart.
std::string this_process();

enum class Alive { yes, no, unknown };

/// Unknown for a process of another container, which cannot be seen from here.
Alive is_alive(const std::string& process);

}  // namespace sporkle::runtime
