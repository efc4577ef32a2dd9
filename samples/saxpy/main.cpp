// y = a·x + y, the smallest program with a kernel.
#include <cstdio>
#include <sporkle/sporkle.hpp>
#include <vector>

#include "kernels.hpp"

int main() try {
    constexpr int n = 1'000'000;
    std::vector<float> x(n), y(n, 1.0f);
    for (int k = 0; k < n; ++k) x[static_cast<std::size_t>(k)] = static_cast<float>(k);

    sporkle::Context context;
    context.run(saxpy, 2.0f, x, y, y);  // the result goes where y was

    int wrong = 0;
    for (int k = 0; k < n; ++k)
        wrong += y[static_cast<std::size_t>(k)] != 2.0f * static_cast<float>(k) + 1.0f;
    std::printf("saxpy of %d elements: %d wrong\n", n, wrong);
    return wrong == 0 ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "saxpy: %s\n", error.what());
    return 1;
}
