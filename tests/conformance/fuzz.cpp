// The differential fuzzer: random Programs, compiled in this process for every device of the machine, against
// the reference, in the interpreter, as machine code and on the devices.
//
//   sporkle-fuzz [--seconds N] [--seed S] [--programs N] [--device NAME]
//
// Each Program has a seed of its own, printed when it fails; `--seed S --programs 1` repeats it. The exit
// status is 1 for a difference, 2 when nothing was compared, and 77 when the device is not there or runs no
// reproducible kernels.
#include <chrono>
#include <cstdio>
#include <random>

#include <CLI/CLI.hpp>

#include <sporkle/error.hpp>

#include "codegen/lower/normalize.hpp"
#include "tests/conformance/check.hpp"
#include "tests/conformance/devices.hpp"

namespace {

/// Empty if some device runs reproducible kernels, as all random Programs are; else the reasons.
std::string why_nothing_runs() {
    std::string why;
    for (const auto& target : sporkle::codegen::emit_targets()) {
        if (!sporkle::testing::devices_for(*target, sporkle::Numerics::reproducible).empty()) return {};
        why += (why.empty() ? "" : "; ") +
               sporkle::testing::why_no_device(*target, sporkle::Numerics::reproducible);
    }
    return why;
}

}  // namespace

int main(int argc, char** argv) {
    double seconds = 30;
    std::uint64_t seed = std::random_device{}();
    std::int64_t programs = -1;
    std::string device;
    CLI::App app("Compares reference, interpreter and machine code on random kernels");
    app.add_option("--seconds", seconds, "how long to go on")->capture_default_str();
    app.add_option("--seed", seed, "seed of the first Program (default: random)");
    app.add_option("--programs", programs, "stop after that many Programs");
    app.add_option("--device", device, "compile for this device only (default: all of the machine)");
    CLI11_PARSE(app, argc, argv);
    if (!device.empty()) try {
            sporkle::testing::confine_to_device(device);
        } catch (const sporkle::Error& error) {
            std::printf("skipped: %s\n", error.what());
            return 77;
        }

    if (const std::string why = why_nothing_runs(); !why.empty()) {
        std::printf("skipped: %s\n", why.c_str());
        return 77;
    }

    std::printf("first seed %llu\n", static_cast<unsigned long long>(seed));
    const auto start = std::chrono::steady_clock::now();
    std::int64_t done = 0, without_call = 0, without_room = 0, without_code = 0;
    for (; programs < 0 || done < programs; ++done, ++seed) {
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        if (programs < 0 && spent.count() > seconds) break;
        const int size = static_cast<int>(seed % 7);
        const sporkle::Program program = sporkle::testing::random_program(seed, size);
        sporkle::testing::CallOptions options;
        options.most_steps = 4000;
        try {
            sporkle::testing::random_call(program, seed, options);
        } catch (const std::exception&) {
            ++without_call;  // no arguments of affordable size fit: nothing to compare
            continue;
        }
        try {
            sporkle::codegen::normalize(program);
        } catch (const sporkle::Error& error) {
            if (error.code() != sporkle::ErrorCode::unsupported) throw;
            ++without_room;  // refused with a reason: see codegen/lower/README.md
            continue;
        }
        const sporkle::testing::Finding found = sporkle::testing::check_program(program, seed, 4, options);
        if (!found.complaint.empty()) {
            std::printf("FAILED %s\n", found.complaint.c_str());
            return 1;
        }
        if (found.checked == 0) ++without_code;
    }
    const std::int64_t compared = done - without_call - without_room - without_code;
    std::printf(
        "%lld programs agree; of %lld more, %lld had no call that fits, %lld were refused for want of room, "
        "%lld ran on no device\n",
        static_cast<long long>(compared), static_cast<long long>(done - compared),
        static_cast<long long>(without_call), static_cast<long long>(without_room),
        static_cast<long long>(without_code));
    return compared > 0 ? 0 : 2;
}
