#include "targets/spirv/emit/kernel_writer.hpp"

#include <algorithm>
#include <bit>

#include "codegen/ir/rules.hpp"

namespace sporkle::spirv {

using tile::Instruction;
using tile::Op;
using tile::Region;
using tile::Space;

namespace {

bool is_global(Space space) { return space == Space::global || space == Space::task; }

/// What happens to one kernel's global memory, in program order.
struct Traffic {
    std::vector<bool> loaded, stored;
    bool any_stored = false, store_before_barrier = false;

    void walk(const tile::Kernel& kernel, const Region& region) {
        for (const Instruction& x : region.body) {
            const auto buffer = static_cast<std::size_t>(std::max(0, x.buffer));
            if (x.op == Op::barrier && any_stored) store_before_barrier = true;
            if ((tile::reads(x.op) || tile::writes(x.op)) && is_global(kernel.buffers[buffer].space)) {
                (tile::reads(x.op) ? loaded : stored)[buffer] = true;
                any_stored = any_stored || tile::writes(x.op);
            }
            for (const Region& inner : x.regions) walk(kernel, inner);
            if (x.op == Op::for_) walk(kernel, x.regions[0]);  // the end of a loop comes before its beginning
        }
    }
};

bool has_barrier(const Region& region) {
    return std::any_of(region.body.begin(), region.body.end(), [](const Instruction& x) {
        return x.op == Op::barrier || std::any_of(x.regions.begin(), x.regions.end(), has_barrier);
    });
}

}  // namespace

bool orders_global_memory(const tile::Kernel& kernel) {
    if (!has_barrier(kernel.body)) return false;
    Traffic traffic{std::vector<bool>(kernel.buffers.size()), std::vector<bool>(kernel.buffers.size())};
    traffic.walk(kernel, kernel.body);
    for (std::size_t b = 0; b < kernel.buffers.size(); ++b)
        if (traffic.loaded[b] && traffic.stored[b]) return true;
    return traffic.store_before_barrier;
}

KernelWriter::KernelWriter(Code& code, const tile::Kernel& kernel, std::set<Repair>& repairs, bool ordered,
                           bool vulkan_model)
    : RegionWriter(code, kernel, repairs),
      ordered_(ordered),
      vulkan_model_(vulkan_model),
      inputs_(code),
      packed_words_(code),
      global_(code, packed_words_, ordered),
      bases_(kernel.buffers.size()),
      locals_(kernel.buffers.size()) {
    words_ = inputs_.pushed(Pushed::words);
    find_buffers();
}

Id KernelWriter::parameter_word(int word) {
    const Id place = types().long_word(8 * static_cast<std::uint64_t>(word));
    return global_.load_word(code_.add(types().integer(64), words_, place));
}

void KernelWriter::find_buffers() {
    Id arena = 0;
    for (std::size_t b = 0; b < kernel_.buffers.size(); ++b) {
        const tile::Buffer& buffer = kernel_.buffers[b];
        const Id form = types().integer(64);
        switch (buffer.space) {
            case Space::global:
                bases_[b] = parameter_word(buffer.word);
                break;
            case Space::task:
                if (arena == 0)
                    arena = code_.add(form, inputs_.pushed(Pushed::arenas),
                                      code_.multiply(form, inputs_.pushed(Pushed::arena_bytes),
                                                     inputs_.workgroup_number()));
                bases_[b] = code_.add(form, arena, parameter_word(buffer.word));
                break;
            case Space::shared:
            case Space::private_:
                locals_[b] = std::make_unique<LocalMemory>(code_, packed_words_, kernel_, forms_,
                                                           static_cast<int>(b), vulkan_model_);
                break;
        }
    }
}

/// The low bytes of a word of the parameter block.
Id KernelWriter::parameter(int word, DType type) {
    const Id whole = parameter_word(word);
    if (type == DType::i64) return whole;
    if (type == DType::f64) return code_.bitcast(types().in_register(type), whole);
    const Id low = code_.value(spv::Op::OpUConvert, types().word(), {whole});
    if (type == DType::f32) return code_.bitcast(types().in_register(type), low);
    const Id value = arithmetic_.normalized(type == DType::boolean ? DType::u8 : type, low);
    if (type != DType::boolean) return value;
    return code_.value(spv::Op::OpINotEqual, types().boolean(), {value, types().word(std::uint32_t{0})});
}

KernelWriter::Element KernelWriter::element_of(const Instruction& x, tile::Type type) const {
    const std::size_t at = tile::is_store(x.op) ? 1 : 0;
    Element element{x.operands[at], {}, false};
    if (x.op == Op::load_strided || x.op == Op::store_strided) element.stride = x.operands[at + 1];
    if (x.op == Op::gather || x.op == Op::scatter) element.gathered = type.lanes > 1;
    return element;
}

Access KernelWriter::access_of(const Instruction& x, tile::Type type) const {
    Access access{type.scalar, type.lanes, x.op == Op::load || x.op == Op::store, {}};
    if (x.masked) access.mask = wide(x.operands.back());
    return access;
}

/// The address of one lane's element in a global or task buffer.
Id KernelWriter::address(const Instruction& x, const Element& element, int lane) {
    const Id base = bases_[static_cast<std::size_t>(x.buffer)];
    const DType type = kernel_.buffers[static_cast<std::size_t>(x.buffer)].dtype;
    if (element.gathered)
        return global_.address(base, wide(element.first)[static_cast<std::size_t>(lane)], type);
    Id number = wide(element.first)[0];
    if (lane > 0) {
        const Id form = types().integer(64);
        const Id distance = types().long_word(static_cast<std::uint64_t>(lane));
        number =
            code_.add(form, number,
                      element.stride ? code_.multiply(form, wide(element.stride)[0], distance) : distance);
    }
    return global_.address(base, number, type);
}

Id KernelWriter::local_index(const Element& element, int lane) {
    if (element.gathered) return narrow(element.first)[static_cast<std::size_t>(lane)];
    const Id first = narrow(element.first)[0];
    if (lane == 0) return first;
    const Id word = types().word(), distance = types().word(static_cast<std::uint32_t>(lane));
    return code_.add(word, first,
                     element.stride ? code_.multiply(word, narrow(element.stride)[0], distance) : distance);
}

LocalMemory::Index KernelWriter::local_block(const Element& element, const LocalMemory& memory) {
    LocalMemory::Index index{narrow(element.first)[0], 0};
    if (memory.vector_lanes() == 1) return index;
    index.vector = quotient(element.first, memory.vector_lanes());
    if (index.vector == 0) {  // aligned, as its accesses say, but not provably in each part
        const auto places =
            static_cast<std::uint32_t>(std::countr_zero(static_cast<std::uint32_t>(memory.vector_lanes())));
        index.vector =
            code_.value(spv::Op::OpShiftRightLogical, types().word(), {index.element, types().word(places)});
    }
    return index;
}

RegionWriter::Lanes KernelWriter::load(const Instruction& x) {
    const tile::Type type = kernel_.type_of(x.results[0]);
    const Access access = access_of(x, type);
    const Element element = element_of(x, type);
    const auto local = locals_[static_cast<std::size_t>(x.buffer)].get();
    Reader reader;
    if (local != nullptr) {
        reader.block = [&] { return local->load_block(local_block(element, *local), type.lanes); };
        reader.lane = [&](int lane) { return local->load(local_index(element, lane)); };
    } else {
        reader.block = [&] {
            return global_.load_block({address(x, element, 0), x.alignment, x.nontemporal}, type.scalar,
                                      type.lanes);
        };
        reader.lane = [&](int lane) { return global_.load(address(x, element, lane), type.scalar); };
    }
    return read(code_, access, reader);
}

void KernelWriter::store(const Instruction& x) {
    const tile::Type type = kernel_.type_of(x.operands[0]);
    const Access access = access_of(x, type);
    const Element element = element_of(x, type);
    const Lanes& values = wide(x.operands[0]);
    const auto local = locals_[static_cast<std::size_t>(x.buffer)].get();
    Writer writer;
    if (local != nullptr) {
        writer.block = [&] { local->store_block(local_block(element, *local), values); };
        writer.lane = [&](int lane) {
            local->store(local_index(element, lane), values[static_cast<std::size_t>(lane)]);
        };
    } else {
        writer.block = [&] {
            global_.store_block({address(x, element, 0), x.alignment, x.nontemporal}, type.scalar, values);
        };
        writer.lane = [&](int lane) {
            global_.store(address(x, element, lane), type.scalar, values[static_cast<std::size_t>(lane)]);
        };
    }
    spirv::write(code_, access, writer);
}

/// Execution and memory of the workgroup. Shared memory is always ordered; buffers behind addresses where the
/// kernel needs it, by the rules of the Vulkan memory model.
void KernelWriter::barrier(bool orders_global) {
    using Semantics = spv::MemorySemanticsMask;
    auto semantics = Semantics::AcquireRelease | Semantics::WorkgroupMemory;
    if (orders_global) semantics = semantics | Semantics::UniformMemory;
    if (vulkan_model_) semantics = semantics | Semantics::MakeAvailable | Semantics::MakeVisible;
    const Id workgroup = types().word(static_cast<std::uint32_t>(spv::Scope::Workgroup));
    code_.effect(spv::Op::OpControlBarrier,
                 {workgroup, workgroup, types().word(static_cast<std::uint32_t>(semantics))});
}

}  // namespace sporkle::spirv
