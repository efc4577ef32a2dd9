// Variants that fault or hang, tuning that is killed, tuning by two processes at once: each in real processes
// that load a bundle from a file.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include "runtime/bundle/reader.hpp"
#include "tests/runtime/bundle_editor.hpp"
#include "tests/runtime/support.hpp"

namespace sporkle::test {
namespace {

class Trial : public ::testing::Test {
  protected:
    TemporaryFolder folder;
    const std::string wisdom = folder / "wisdom.sqlite";
    const std::string bundle = folder / "bundle.o";

    /// Writes the bundle with other code at the beginning of every dispatch of the variants that `spoil`
    /// picks.
    void write_bundle(const std::function<bool(const bundle::Variant&)>& spoil,
                      std::initializer_list<int> code) {
        BundleEditor editor(read_bytes_of(bundle_path()));
        for (const bundle::Bundle& read : bundle::read_file(bundle_path())) {
            std::size_t at = 64;  // executable blobs follow the Marker in their order
            std::vector<std::size_t> begin;
            for (const bundle::Blob& blob : read.blobs) {
                begin.push_back(at);
                at += (blob.bytes.size() + 63) / 64 * 64;
            }
            for (const bundle::Kernel& kernel : read.kernels) {
                if (kernel.name() != "product") continue;
                for (const bundle::Variant& variant : kernel.variants) {
                    if (!spoil(variant)) continue;
                    for (const bundle::Dispatch& dispatch : variant.dispatches) {
                        std::size_t place = begin[variant.blob] + dispatch.entry;
                        for (const int byte : code) editor.code()[place++] = std::byte(byte);
                    }
                }
            }
        }
        editor.seal_blobs();
        editor.seal();
        write_bytes_to(bundle, editor.file());
    }

    Options options() {
        Options o = remembering_options(wisdom);
        o.bundles = {bundle};
        return o;
    }

    /// A 16×16 product, `calls` times. Returns whether every result was right.
    static bool multiply(const Context& ctx, int calls) {
        Array<float, 2> a({16, 16}), b({16, 16}), c({16, 16});
        fill(a.flat());
        b.fill(1.0f);
        Operand operands[3];
        float* data[] = {a.data(), b.data(), c.data()};
        for (int o = 0; o < 3; ++o) {
            operands[o].rank = 2;
            operands[o].data = data[o];
            operands[o].extents[0] = operands[o].extents[1] = operands[o].strides[0] = 16;
            operands[o].strides[1] = 1;
        }
        for (int call = 0; call < calls; ++call) {
            c.fill(-1.0f);
            ctx.run_by_name("product", operands);
            for (int r = 0; r < 16; ++r) {
                float sum = 0;
                for (int k = 0; k < 16; ++k) sum += a(r, k);
                if (c(r, 7) != sum) return false;
            }
        }
        return true;
    }

    static std::set<std::string> failed(const Context& ctx) {
        std::set<std::string> names;
        const Report report = ctx.report(KernelId("product"));
        for (const CandidateReport& candidate : report.workloads.at(0).candidates)
            if (candidate.state == CandidateState::failed) names.insert(candidate.choice.schedule);
        return names;
    }
    static int chosen(const Context& ctx) { return ctx.report(KernelId("product")).workloads.at(0).chosen; }

    /// The schedule that is tried as number `n`.
    std::string schedule(std::size_t n) {
        Options o = options();
        o.wisdom = "";
        o.bundles = {bundle_path()};
        const Context ctx(o);
        multiply(ctx, 1);
        return ctx.report(KernelId("product")).workloads.at(0).candidates.at(n).choice.schedule;
    }
};

constexpr std::initializer_list<int> illegal = {0x0f, 0x0b};            // ud2
constexpr std::initializer_list<int> endless = {0xeb, 0xfe};            // jmp to itself
constexpr std::initializer_list<int> stray = {0x31, 0xc0, 0x89, 0x00};  // xor eax, eax; mov [rax], eax

TEST_F(Trial, FaultingVariantsCostOneProcessEachAndAreNeverTriedAgain) {
    for (const auto& code : {illegal, stray}) {
        std::filesystem::remove(wisdom);
        const std::string bad = schedule(1);
        write_bundle([&](const bundle::Variant& v) { return v.schedule == bad; }, code);
        int deaths = 0;
        const auto process = [&] {
            return in_child([&] {
                ::signal(SIGSEGV, SIG_DFL);  // sanitizers would turn the fault into a report
                ::signal(SIGILL, SIG_DFL);
                const Context ctx(options());
                if (!multiply(ctx, 400)) return 1;
                if (chosen(ctx) < 0) return 2;
                return failed(ctx) == std::set<std::string>{bad} ? 0 : 3;
            });
        };
        int status = process();
        // The variant exists for several levels; the best one is tried first, others may follow.
        while (WIFSIGNALED(status) && deaths < 4) {
            ++deaths;
            status = process();
        }
        EXPECT_GE(deaths, 1);
        EXPECT_EQ(status, 0);
        EXPECT_EQ(process(), 0);  // and so it stays
    }
}

TEST_F(Trial, HangingVariantIsNotTriedAgain) {
    const std::string bad = schedule(0);
    write_bundle([&](const bundle::Variant& v) { return v.schedule == bad; }, endless);
    for (int attempt = 0;; ++attempt) {
        ASSERT_LT(attempt, 5);
        std::fflush(nullptr);
        const pid_t child = ::fork();
        if (child == 0) {
            const Context ctx(options());
            ::_exit(multiply(ctx, 400) && chosen(ctx) >= 0 ? 0 : 1);
        }
        int status = 0;
        bool ended = false;
        for (int wait = 0; wait < 300 && !ended; ++wait) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            ended = ::waitpid(child, &status, WNOHANG) == child;
        }
        if (ended) {
            EXPECT_EQ(status, 0);
            EXPECT_GE(attempt, 1);
            break;
        }
        ::kill(child, SIGKILL);  // as the user would
        ::waitpid(child, nullptr, 0);
    }
}

TEST_F(Trial, WithEveryVariantFailedTheReferenceRuns) {
    write_bundle([](const bundle::Variant&) { return true; }, illegal);
    int status = 0;
    for (int process = 0; process < 200; ++process) {
        status = in_child([&] {
            ::signal(SIGILL, SIG_DFL);
            Options o = options();
            std::vector<std::string> warnings;
            o.log = remembering_options("", &warnings).log;
            const Context ctx(o);
            if (!multiply(ctx, 3)) return 1;
            const WorkloadReport report = ctx.report(KernelId("product")).workloads.at(0);
            if (report.candidates.back().choice.schedule != "reference") return 2;
            return report.chosen + 1 == static_cast<int>(report.candidates.size()) ? 0 : 3;
        });
        if (!WIFSIGNALED(status)) break;
    }
    EXPECT_EQ(status, 0);
}

TEST_F(Trial, TuningThatIsKilledGoesOn) {
    write_bundle([](const bundle::Variant&) { return false; }, {});
    std::fflush(nullptr);
    for (int round = 0; round < 4; ++round) {
        const pid_t child = ::fork();
        if (child == 0) {
            const Context ctx(options());
            multiply(ctx, 1000000);
            ::_exit(0);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(15 + 10 * round));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    std::vector<std::string> warnings;
    Options o = options();
    o.log = remembering_options("", &warnings).log;
    const Context ctx(o);
    EXPECT_TRUE(multiply(ctx, 2000));
    EXPECT_GE(chosen(ctx), 0);
    // At worst each killed process was in the first run of a variant.
    EXPECT_LE(failed(ctx).size(), 4u);
    for (const std::string& warning : warnings)
        EXPECT_NE(warning.find("a process died while"), std::string::npos) << warning;
}

TEST_F(Trial, TwoProcessesTuneAtOnce) {
    write_bundle([](const bundle::Variant&) { return false; }, {});
    std::fflush(nullptr);
    std::vector<pid_t> children;
    for (int p = 0; p < 2; ++p) {
        const pid_t child = ::fork();
        if (child == 0) {
            std::vector<std::string> warnings;
            Options o = options();
            o.log = remembering_options("", &warnings).log;
            const Context ctx(o);
            const bool good = multiply(ctx, 1500) && chosen(ctx) >= 0 && warnings.empty();
            for (const std::string& warning : warnings) std::fprintf(stderr, "%s\n", warning.c_str());
            ::_exit(good ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    const Context ctx(options());
    EXPECT_TRUE(multiply(ctx, 1));
    EXPECT_EQ(ctx.report(KernelId("product")).workloads.at(0).origin, Origin::remembered);
}

}  // namespace
}  // namespace sporkle::test
