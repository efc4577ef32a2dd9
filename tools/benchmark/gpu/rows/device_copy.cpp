#include "tools/benchmark/gpu/rows/device_copy.hpp"

#include <sporkle/error.hpp>

#include "tools/benchmark/gpu/kernels.hpp"
#include "tools/benchmark/gpu/rows/check.hpp"
#include "tools/benchmark/measure/statistics.hpp"

namespace sporkle::bench {
namespace {

constexpr long copies_per_sample = 2;

}  // namespace

DeviceCopy::DeviceCopy(Accelerator& accelerator, Cuda* cuda, std::size_t floats, const Choosing& choosing)
    : cuda_(cuda), moved_(8.0 * double(floats)), problem_(kernels::copy) {
    const auto x = problem_.tensor<float>({std::int64_t(floats)});
    problem_.tensor<float>({std::int64_t(floats)});
    fill_by(x, [](std::size_t at) { return uniform(1, at, -1, 1); });
    placed_ = std::make_unique<Placed>(accelerator, problem_);
    chosen_ = choose(*placed_, choosing);
    if (cuda_ != nullptr) {
        from_ = std::make_unique<CudaMemory>(*cuda_, 4 * floats);
        to_ = std::make_unique<CudaMemory>(*cuda_, 4 * floats);
        from_->put(x.data());
    }
    double best = 0;
    const auto try_way = [&](double (DeviceCopy::*way)(long), const char* name) {
        (this->*way)(1);
        std::vector<double> seconds;
        for (int n = 0; n < 9; ++n) seconds.push_back((this->*way)(copies_per_sample));
        const double median = summarise(seconds).median;
        if (copy_ != nullptr && median >= best) return;
        best = median;
        copy_ = way;
        method_ = name;
    };
    if (cuda_ != nullptr) try_way(&DeviceCopy::by_cuda, "device copy (cudaMemcpy)");
    if (chosen_.variant) try_way(&DeviceCopy::by_kernel, "device copy (own kernel)");
    if (copy_ == nullptr)
        throw Error(ErrorCode::unsupported,
                    "neither a copying kernel nor CUDA to measure the device's copying");
}

double DeviceCopy::by_kernel(long times) { return chosen_.variant->run(times); }

double DeviceCopy::by_cuda(long times) {
    return cuda_->seconds([&] {
        for (long n = 0; n < times; ++n)
            cuda_->check(cuda_->functions().copy_async(to_->address(), from_->address(),
                                                       std::size_t(moved_ / 2), cuda_->stream()),
                         "cuMemcpyDtoDAsync");
    });
}

double DeviceCopy::seconds_for(double bytes) {
    return (this->*copy_)(copies_per_sample) / (moved_ * copies_per_sample) * bytes;
}

}  // namespace sporkle::bench
