#include "tests/fast/products.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sporkle::testing {

const codegen::EmitTarget& emit_target(const std::string& name) {
    for (const auto& target : codegen::emit_targets())
        if (target->name() == name) return *target;
    throw std::logic_error("this build has no target " + name);
}

Products::Products(const MatrixKernel& kernel, const codegen::EmitTarget& emitter,
                   const std::string& architecture, runtime::Device& device, const std::string& part)
    : kernel_(kernel),
      emitter_(emitter),
      place_(device.info().name + ", " + architecture),
      program_(kernel.make(Form::fast)) {
    const codegen::Machine machine = emitter.machine(architecture);
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program_, machine))
        if (schedule.matrix_m > 0 && schedule.name.find(part) != std::string::npos)
            variants_.push_back(codegen::lower(program_, schedule, machine));
    if (variants_.empty()) return;
    bundle_ = bundle_of(program_, variants_, emitter.emit(variants_));
    on_device_ = std::make_unique<DeviceKernel>(program_, variants_, bundle_, device);
}

int Products::check(const MatrixSize& size, const Call& before) {
    if (variants_.empty()) return 0;
    const MatrixReference reference(kernel_, size, before);
    int taken = 0;
    for (std::size_t v = 0; v < variants_.size(); ++v) {
        const std::string where = kernel_.name + " on " + place_ + ", schedule " + variants_[v].schedule.name;
        Call actual = before;
        const auto complaint = on_device_->run(v, actual, {});
        if (!complaint) continue;
        ++taken;
        EXPECT_EQ(*complaint, "") << where;
        EXPECT_EQ(reference.too_far(actual), "") << where;
    }
    return taken;
}

}  // namespace sporkle::testing
