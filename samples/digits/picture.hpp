// A picture of the misread digits.
#pragma once

#include <string>
#include <vector>

#include "dataset.hpp"

namespace digits {

struct Misread {
    int number;  ///< in the data set
    int read, right;
};

/// Writes a PNG with one tile for each: the digit enlarged, below it what was read (red) and what was right
/// (green). Throws std::runtime_error when the file cannot be written.
void write_picture(const std::string& path, const Dataset& digits, const std::vector<Misread>& misread);

}  // namespace digits
