// y = a·x + y, the smallest program with a kernel.
//
//   saxpy [--device NAME]
//
// Without a device the runtime chooses one; `sporkle devices` lists those of the machine.
#include <cstdio>
#include <sporkle/sporkle.hpp>
#include <string_view>
#include <vector>

#include "kernels.hpp"

int main(int argc, char** argv) try {
    constexpr int n = 1'000'000;
    std::vector<float> x(n), y(n, 1.0f);
    for (int k = 0; k < n; ++k) x[static_cast<std::size_t>(k)] = static_cast<float>(k);

    sporkle::Context context;
    if (argc == 3 && std::string_view(argv[1]) == "--device")
        context.on(argv[2]).run(saxpy, 2.0f, x, y, y);
    else
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
