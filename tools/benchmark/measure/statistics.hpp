// Order statistics of a handful of timings.
#pragma once

#include <vector>

namespace sporkle::bench {

/// Values of one quantity over the rounds of a row.
struct Summary {
    double median = 0, minimum = 0, maximum = 0;
    int count = 0;
};

/// Median is the mean of the middle two when their number is even. No values give zeros.
Summary summarise(std::vector<double> values);

}  // namespace sporkle::bench
