#include "tools/benchmark/gpu/rows/gpu_bench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "tools/benchmark/gpu/rows/variant_list.hpp"
#include "tools/benchmark/measure/clock.hpp"

namespace sporkle::bench {
namespace {

/// Results are NaN before they are computed, so that what nobody writes shows.
void poison(std::span<std::byte> bytes) { std::memset(bytes.data(), 0xff, bytes.size()); }

Options cpu_options() {
    Options options;
    options.mode = Mode::estimate;
    options.wisdom = "";
    options.devices = {"cpu"};
    return options;
}

}  // namespace

/// One of Ours on the device.
struct GpuBench::Candidate {
    const Ours* ours = nullptr;
    std::unique_ptr<Placed> placed;
    Chosen chosen;
    double seconds = 0;
    std::string checked;  ///< how its result was found right
};

GpuBench::GpuBench(GpuOptions options)
    : options_(std::move(options)),
      accelerator_(std::make_unique<Accelerator>(options_.device)),
      cpu_(cpu_options()),
      began_(now()) {
    std::string reason;
    if ((cuda_ = Cuda::open(options_.peer_folders, reason))) {
        if (!(blas_ = CudaBlas::open(*cuda_, options_.peer_folders, reason))) note(reason);
        if (!(dnn_ = CudaDnn::open(*cuda_, options_.peer_folders, reason))) note(reason);
    } else {
        note(reason + "; cuBLAS, cuDNN and CUDA's copy and launch are absent with it");
    }
    if (!(clocks_ = GpuClocks::open(options_.peer_folders, reason))) note(reason);
}

GpuBench::~GpuBench() = default;

void GpuBench::row(const GpuWork& work, const std::function<void()>& body) {
    if (options_.rows ? !std::regex_search(work.name, *options_.rows) : work.on_request) return;
    if (options_.seconds > 0 && now() - began_ > options_.seconds)
        return refuse(work, Outcome::absent, "not begun: the time given with --seconds was over");
    try {
        body();
    } catch (const Error& error) {
        const bool absent =
            error.code() == ErrorCode::unsupported || error.code() == ErrorCode::unknown_kernel;
        refuse(work, absent ? Outcome::absent : Outcome::failed, error.what());
    } catch (const std::exception& error) {
        refuse(work, Outcome::failed, error.what());
    }
}

void GpuBench::refuse(const GpuWork& work, Outcome outcome, const std::string& reason) {
    Row row;
    row.group = work.group;
    row.name = work.name;
    row.unit = work.unit.name;
    row.higher_is_better = work.unit.higher_is_better;
    row.threads = 0;
    row.bar = work.bar;
    row.outcome = outcome;
    row.reason = reason;
    add(std::move(row));
}

Choosing GpuBench::choosing() const {
    Choosing how;
    how.only = options_.variants;
    how.loaders = options_.loaders;
    how.thorough = !options_.quick;
    return how;
}

Limit GpuBench::copy_limit(double bytes, std::string& name) {
    if (!copy_)
        copy_ = std::make_unique<DeviceCopy>(*accelerator_, cuda_.get(), std::size_t(1) << sized(28, 20),
                                             choosing());
    name = copy_->method();
    return [this, bytes] { return copy_->seconds_for(bytes); };
}

/// Finds Sporkle's fastest variant. The problem's output gets what the CPU computes, if that must be the
/// same.
void GpuBench::choose_for(const GpuWork& work, Candidate& candidate) {
    const Problem& problem = *candidate.ours->problem;
    candidate.placed = std::make_unique<Placed>(*accelerator_, problem);
    const bool reproducible = candidate.placed->kernel().program().numerics == Numerics::reproducible;
    if (reproducible) cpu_.on("cpu").run(problem.kernel(), problem.operands());
    Choosing how = choosing();
    if (options_.list_variants && reproducible)
        how.wrong = [&] {
            runtime::AlignedBytes result(problem.output().size());
            candidate.placed->get_output(result.data());
            return first_difference_in_bits(problem.output_dtype(), {result.data(), result.size()},
                                            problem.output());
        };
    candidate.chosen = choose(*candidate.placed, how);
    if (options_.list_variants)
        std::fputs(to_list(work.name + ", " + candidate.ours->name, work.unit, candidate.chosen.all).c_str(),
                   stdout);
    if (candidate.chosen.variant) candidate.seconds = candidate.chosen.variant->run(1);
    for (const VariantResult& result : candidate.chosen.all)
        if (result.chosen) candidate.seconds = result.median_seconds;
}

/// Runs the chosen variant into a poisoned output. Empty, or what is wrong with the result.
std::string GpuBench::check(Candidate& candidate) {
    const Problem& problem = *candidate.ours->problem;
    const DType dtype = problem.output_dtype();
    runtime::AlignedBytes bytes(problem.output().size());
    const std::span<std::byte> result(bytes.data(), bytes.size());
    poison(result);
    candidate.placed->put_output(result.data());
    candidate.chosen.variant->run(1);
    candidate.placed->get_output(result.data());
    if (candidate.placed->kernel().program().numerics == Numerics::reproducible) {
        if (std::string wrong = first_difference_in_bits(dtype, result, problem.output()); !wrong.empty())
            return wrong;
        candidate.checked = "all bits as on the CPU; ";
    }
    const Judgement judgement = judge(dtype, result, candidate.ours->exact);
    char text[96];
    std::snprintf(text, sizeof text, "relative error %.2g of %zu elements against f64", judgement.error,
                  judgement.compared);
    candidate.checked += text;
    return judgement.wrong;
}

Contender GpuBench::contender_of(const Theirs& theirs) {
    Contender contender;
    contender.name = theirs.name;
    contender.comparable = theirs.comparable;
    contender.timed = [this, enqueue = theirs.enqueue](long times) {
        return cuda_->seconds([&] {
            for (long n = 0; n < times; ++n) enqueue();
        });
    };
    return contender;
}

/// A library offers many algorithms; the two best comparable ones and the best other one are measured.
Contenders GpuBench::fastest(const Contenders& peers) const {
    std::vector<std::pair<double, const Contender*>> timed;
    for (const Contender& peer : peers) {
        peer.timed(1);
        double best = peer.timed(1);
        for (int n = 0; n < 2; ++n) best = std::min(best, peer.timed(4) / 4);
        timed.emplace_back(best, &peer);
    }
    std::sort(timed.begin(), timed.end());
    Contenders kept;
    int comparable = 0, others = 0;
    for (const auto& [seconds, peer] : timed)
        if (peer->comparable ? comparable++ < 2 : others++ < 1) kept.push_back(*peer);
    return kept;
}

void GpuBench::compare(const GpuWork& work, const std::vector<Ours>& ours, std::vector<Theirs> theirs) {
    std::optional<Candidate> best;
    std::string why = "the bundle holds no variant that this device runs";
    Outcome outcome = Outcome::absent;
    for (const Ours& one : ours) {
        Candidate candidate;
        candidate.ours = &one;
        choose_for(work, candidate);
        if (!candidate.chosen.variant) {
            for (const VariantResult& result : candidate.chosen.all)
                if (!result.problem.empty()) {
                    why = "no variant runs; " + result.name + ": " + result.problem;
                    outcome = Outcome::failed;
                }
            continue;
        }
        if (!best || candidate.seconds < best->seconds) best = std::move(candidate);
    }
    if (!best) return refuse(work, outcome, why);
    if (const std::string wrong = check(*best); !wrong.empty())
        return refuse(work, Outcome::failed,
                      "wrong result of " + best->chosen.variant->variant().schedule + ": " + wrong);

    Contenders contenders{
        {best->ours->name, {}, true, [&](long times) { return best->chosen.variant->run(times); }}};
    Contenders peers;
    for (const Theirs& one : theirs) {
        try {
            runtime::AlignedBytes bytes(one.bytes);
            const std::span<std::byte> result(bytes.data(), bytes.size());
            poison(result);
            one.output->put(result.data());
            one.enqueue();
            cuda_->wait();
            one.output->get(result.data());
            const Judgement judgement = judge(one.dtype, result, one.exact);
            if (judgement.wrong.empty())
                peers.push_back(contender_of(one));
            else
                note(work.name + ": wrong result of " + one.name + ": " + judgement.wrong);
        } catch (const Error& error) {
            note(work.name + ": " + one.name + " is left out: " + error.what());
        }
    }
    for (Contender& peer : fastest(peers)) contenders.push_back(std::move(peer));

    const bundle::Variant& variant = best->chosen.variant->variant();
    measure_row(work, contenders,
                {{"variant", variant.schedule},
                 {"schedule", variant.schedule_text},
                 {"variants", to_summary(best->chosen.all)},
                 {"checked", best->checked}});
}

void GpuBench::measure_row(const GpuWork& work, const Contenders& contenders,
                           std::vector<std::pair<std::string, std::string>> facts) {
    std::string limit_name;
    const Limit limit = work.bytes > 0 ? copy_limit(work.bytes, limit_name) : Limit{};
    RoundOptions options;
    options.rounds = options_.rounds;
    // The device's copying varies by itself when samples are short; a quick run keeps every sample.
    options.tolerance = sized(1.5, HUGE_VAL);
    options.batch_seconds = sized(work.sample_seconds, work.sample_seconds / 10);
    Row row = make_row(work.group, work.name, 0, work.unit, limit_name, measure(contenders, limit, options));
    if (row.entries.empty())
        return refuse(work, Outcome::failed, "no sample was left: the device was disturbed throughout");
    row.bar = work.bar;
    row.facts = std::move(facts);
    if (clocks_) row.facts.emplace_back("clocks", clocks_->now());
    add(std::move(row));
}

std::shared_ptr<CudaMemory> GpuBench::on_cuda(const Problem::Argument& argument) {
    auto memory = std::make_shared<CudaMemory>(*cuda_, argument.bytes.size());
    memory->put(argument.bytes.data());
    return memory;
}

void GpuBench::add(Row row) {
    if (options_.quick) row.bar.reset();  // what is promised of large sizes
    if (row.outcome == Outcome::measured)
        std::fprintf(stderr, "%-44s %10.4g %s\n", row.name.c_str(), row.ours().median, row.unit.c_str());
    else
        std::fprintf(stderr, "%-44s %s: %s\n", row.name.c_str(),
                     row.outcome == Outcome::failed ? "FAILED" : "absent", row.reason.c_str());
    failed_ = failed_ || row.outcome == Outcome::failed;
    rows_.push_back(std::move(row));
    if (options_.after_row) options_.after_row();
}

void GpuBench::note(const std::string& text) {
    std::fprintf(stderr, "%s\n", text.c_str());
    notes_.push_back(text);
}

RunInfo GpuBench::info() const {
    RunInfo info;
    info.machine = this_machine();
    const DeviceInfo& device = accelerator_->info();
    info.device = {{"device", device.name}, {"model", device.model}, {"fingerprint", device.fingerprint}};
    if (clocks_) info.device.emplace_back("NVIDIA driver", clocks_->driver());
    for (const std::string& text : device.notes) info.notes.push_back(device.name + ": " + text);
    info.notes.insert(info.notes.end(), notes_.begin(), notes_.end());
    info.versions.emplace_back("Sporkle", SPORKLE_BENCH_VERSION);
    if (cuda_) {
        info.device.emplace_back("CUDA device", cuda_->device_name());
        info.versions.emplace_back("CUDA", cuda_->version());
    }
    if (blas_) info.versions.emplace_back("cuBLAS", blas_->version());
    if (dnn_) info.versions.emplace_back("cuDNN", dnn_->version());
    return info;
}

}  // namespace sporkle::bench
