// Opening the wisdom's file: its tables, and what happens when it cannot be used.
#pragma once

#include <memory>
#include <string>

#include "runtime/wisdom/database.hpp"

namespace sporkle::runtime {

struct OpenedWisdom {
    std::unique_ptr<Database> database;  ///< null when there is no usable wisdom
    bool writable = false;
    std::string complaint;  ///< what a person should know, empty when all is well
};

/// Opens the file, making it and its folders where they are missing. A file that may only be read is opened
/// so; one that belongs to another program or a newer Sporkle is left alone. Throws DatabaseError for a
/// corrupt one.
OpenedWisdom open_wisdom(const std::string& path);

/// Renames a corrupt file, unless another process has done so meanwhile. Returns its new name, empty when
/// that was not needed or not possible.
std::string set_aside(const std::string& path);

/// The file to use: `wanted`, else $SPORKLE_WISDOM, else $XDG_CACHE_HOME/sporkle/wisdom.sqlite, else
/// $HOME/.cache/sporkle/wisdom.sqlite, else none (empty).
std::string default_wisdom_path();

}  // namespace sporkle::runtime
