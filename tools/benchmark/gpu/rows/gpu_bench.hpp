// The run on a GPU as its rows see it: the device, the peers, the device copy, and the place where results
// go.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include <sporkle/sporkle.hpp>

#include "tools/benchmark/gpu/nvidia/blas.hpp"
#include "tools/benchmark/gpu/nvidia/clocks.hpp"
#include "tools/benchmark/gpu/nvidia/dnn.hpp"
#include "tools/benchmark/gpu/rows/check.hpp"
#include "tools/benchmark/gpu/rows/device_copy.hpp"
#include "tools/benchmark/gpu/subject/chosen.hpp"
#include "tools/benchmark/report/report.hpp"

namespace sporkle::bench {

struct GpuOptions {
    std::string device;              ///< empty: the first that is no CPU
    std::optional<std::regex> rows;  ///< what is measured; none: everything but rows on request
    std::regex variants{""};         ///< which variants may be chosen
    bool quick = false;              ///< small sizes, for a test of everything but the figures
    bool list_variants = false;      ///< checks each variant and prints its time
    int rounds = 15, loaders = 1;
    double seconds = 0;  ///< rows that would begin later than this are left out; 0: none
    std::vector<std::string> peer_folders;
    std::function<void()> after_row;  ///< may be empty
};

/// What a row is called and promises.
struct GpuWork {
    std::string group, name;
    Unit unit;
    std::optional<Bar> bar;
    double bytes = 0;         ///< where the device's copying is the limit: what has to be moved
    bool on_request = false;  ///< left out where no rows are named
    /// A sample: long enough that its begin and its end do not count, short enough that contenders alternate.
    double sample_seconds = 10e-3;
};

/// One way in which Sporkle could do the work of a row. The best of them is measured.
struct Ours {
    std::string name;
    const Problem* problem = nullptr;
    Exact exact;
};

/// … and one in which somebody else does it.
struct Theirs {
    std::string name;
    bool comparable = true;
    std::function<void()> enqueue;  ///< once, on CUDA's stream
    std::shared_ptr<CudaMemory> output;
    std::size_t bytes = 0;  ///< of the output
    DType dtype = DType::f32;
    Exact exact;
};

class GpuBench {
  public:
    explicit GpuBench(GpuOptions options);
    ~GpuBench();

    const GpuOptions& options() const { return options_; }
    Accelerator& accelerator() { return *accelerator_; }
    /// Null where absent.
    Cuda* cuda() { return cuda_.get(); }
    CudaBlas* blas() { return blas_.get(); }
    CudaDnn* dnn() { return dnn_.get(); }
    /// Numbers of a whole size and of a quick one.
    template <class T>
    T sized(T whole, T quick) const {
        return options_.quick ? quick : whole;
    }

    /// Runs `body` if a row of this name is wanted and there is time; an Error in it fails the row.
    void row(const GpuWork& work, const std::function<void()>& body);

    /// Chooses Sporkle's variant, checks everybody's result, measures, and records the row.
    void compare(const GpuWork& work, const std::vector<Ours>& ours, std::vector<Theirs> theirs);
    /// Measures contenders that were checked elsewhere.
    void measure_row(const GpuWork& work, const Contenders& contenders,
                     std::vector<std::pair<std::string, std::string>> facts);

    /// Copies a host's bytes to CUDA memory of their own.
    std::shared_ptr<CudaMemory> on_cuda(const Problem::Argument& argument);

    RunInfo info() const;
    const std::vector<Row>& rows() const { return rows_; }
    bool failed() const { return failed_; }
    void add(Row row);
    void note(const std::string& text);

  private:
    struct Candidate;

    Choosing choosing() const;
    Limit copy_limit(double bytes, std::string& name);
    void choose_for(const GpuWork& work, Candidate& candidate);
    std::string check(Candidate& candidate);
    Contender contender_of(const Theirs& theirs);
    Contenders fastest(const Contenders& peers) const;
    void refuse(const GpuWork& work, Outcome outcome, const std::string& reason);

    GpuOptions options_;
    std::unique_ptr<Accelerator> accelerator_;
    Context cpu_;  ///< whose results a GPU's must equal bit for bit
    std::unique_ptr<Cuda> cuda_;
    std::unique_ptr<CudaBlas> blas_;
    std::unique_ptr<CudaDnn> dnn_;
    std::unique_ptr<GpuClocks> clocks_;
    std::unique_ptr<DeviceCopy> copy_;
    double began_;
    std::vector<Row> rows_;
    std::vector<std::string> notes_;
    bool failed_ = false;
};

// One function per file of this folder: adds its rows.
void gpu_gemm_rows(GpuBench& bench);
void gpu_conv_rows(GpuBench& bench);
void gpu_memory_rows(GpuBench& bench);
void gpu_launch_rows(GpuBench& bench);
void gpu_start_rows(GpuBench& bench);
void gpu_shape_rows(GpuBench& bench);

}  // namespace sporkle::bench
