// Runs a kernel of a linked bundle and one of a bundle that is loaded from the path in the first argument.
#include <cstdio>
#include <sporkle/sporkle.hpp>
#include <vector>

#include "kernels.hpp"

int main(int argc, char** argv) try {
    if (argc != 2) return 2;
    sporkle::Options options;
    options.wisdom = "";
    sporkle::Context context(options);

    auto a = context.array<float>({3, 2}), b = context.array<float>({2, 4}), c = context.array<float>({3, 4});
    for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 2; ++k) a(i, k) = static_cast<float>(10 * i + k);
    for (int k = 0; k < 2; ++k)
        for (int j = 0; j < 4; ++j) b(k, j) = static_cast<float>(k + j);
    context.run(consumer::product, a, b, c);
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 4; ++j)
            if (c(i, j) != a(i, 0) * b(0, j) + a(i, 1) * b(1, j)) return 3;

    const std::vector<float> x{1, 2, 3};
    std::vector<float> y(3);
    context.load(argv[1]);
    context.run(consumer::scaled, x, y);
    for (std::size_t i = 0; i < 3; ++i)
        if (y[i] != CONSUMER_FACTOR * x[i]) return 4;

    // Compiled code, not the reference: every variant names its architecture.
    for (const auto& workload : context.report(consumer::product).workloads)
        for (const auto& candidate : workload.candidates)
            if (candidate.choice.architecture.rfind("x86-64-", 0) == 0) return 0;
    return 5;
} catch (const std::exception& error) {
    std::fprintf(stderr, "consumer: %s\n", error.what());
    return 1;
}
