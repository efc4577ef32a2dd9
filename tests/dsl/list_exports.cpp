// Prints the names and hashes of the Programs that were exported into this program, in order of their names:
// compare_compilers.cmake.
#include <algorithm>
#include <cstdio>

#include <sporkle/export_reader.hpp>
#include <sporkle/hash.hpp>

#include "tests/dsl/exported_section.hpp"

int main() try {
    std::vector<sporkle::Program> programs = sporkle::read_exports(sporkle::testing::exported_section());
    std::sort(programs.begin(), programs.end(),
              [](const auto& a, const auto& b) { return a.name.view() < b.name.view(); });
    for (const sporkle::Program& program : programs) {
        const sporkle::Hash hash = sporkle::hash_of(program);
        std::printf("%s %016llx%016llx\n", program.name.text, static_cast<unsigned long long>(hash.high),
                    static_cast<unsigned long long>(hash.low));
    }
} catch (const sporkle::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
