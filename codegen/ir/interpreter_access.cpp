// Steps that reach memory. Every lane is checked: that its element lies inside the buffer, and, in memory
// that begins uninitialised, that it was written.
#include "codegen/ir/arithmetic.hpp"
#include "codegen/ir/interpreter_memory.hpp"

namespace sporkle::tile::interpreter {
namespace {

/// Where the lanes of an access lie: element + l · stride, or at numbers of their own.
struct Lanes {
    std::int64_t element = 0, stride = 1;
    const std::int64_t* numbers = nullptr;
    const bool* mask = nullptr;

    bool active(std::uint32_t lane) const { return mask == nullptr || mask[lane]; }

    std::int64_t at(const Step& s, std::uint32_t lane) const {
        if (numbers != nullptr) return numbers[lane];
        std::int64_t offset = 0, result = 0;
        if (__builtin_mul_overflow(stride, std::int64_t{lane}, &offset) ||
            __builtin_add_overflow(element, offset, &result))
            throw Fault{s.source, "the element number of lane " + std::to_string(lane) + " overflows"};
        return result;
    }
};

template <Op op>
Lanes lanes_of(Machine& m, const Step& s) {
    Lanes lanes;
    if (s.mask != nowhere) lanes.mask = m.at<bool>(s.mask);
    const int where = is_store(op) ? 1 : 0;
    if constexpr (op == Op::gather || op == Op::scatter)
        lanes.numbers = m.at<std::int64_t>(s.operand[where]);
    else
        lanes.element = *m.at<std::int64_t>(s.operand[where]);
    if constexpr (op == Op::load_strided || op == Op::store_strided)
        lanes.stride = *m.at<std::int64_t>(s.operand[where + 1]);
    return lanes;
}

[[noreturn]] void out_of_bounds(const Step& s, const Area& area, std::int64_t element, std::uint32_t lane) {
    throw Fault{s.source, "lane " + std::to_string(lane) + " reaches element " + std::to_string(element) +
                              ", outside " + std::to_string(area.lowest) + " … " +
                              std::to_string(area.highest)};
}

template <DType T>
std::byte* address(const Step& s, const Area& area, std::int64_t element, std::uint32_t lane) {
    if (element < area.lowest || element > area.highest) out_of_bounds(s, area, element, lane);
    return area.base + element * static_cast<std::int64_t>(sizeof(Native<T>));
}

template <DType T>
void check_alignment(const Step& s, const Area& area, const Lanes& lanes) {
    if (s.alignment == 0) return;
    const auto first = reinterpret_cast<std::uintptr_t>(area.base) +
                       static_cast<std::uintptr_t>(lanes.element) * sizeof(Native<T>);
    if (first % static_cast<std::uintptr_t>(s.alignment) == 0) return;
    for (std::uint32_t l = 0; l < s.lanes; ++l)
        if (lanes.active(l))
            throw Fault{s.source,
                        "the address is not a multiple of " + std::to_string(s.alignment) + " bytes"};
}

/// Whether the elements of a gather or scatter lie in runs as it says.
template <DType T>
void check_runs(const Step& s, const Area& area, const Lanes& lanes) {
    if (s.imm <= 1) return;
    for (std::uint32_t l = 0; l < s.lanes; ++l) {
        const std::uint32_t place = l % static_cast<std::uint32_t>(s.imm);
        if (lanes.active(l) && lanes.numbers[l] != lanes.numbers[l - place] + place)
            throw Fault{s.source, "lane " + std::to_string(l) + " does not follow the one before"};
        if (lanes.active(l) != lanes.active(l - place))
            throw Fault{s.source, "a run is masked in part: lane " + std::to_string(l)};
        if (place == 0 && lanes.active(l))
            check_alignment<T>(s, area, {lanes.numbers[l], 1, nullptr, nullptr});
    }
}

/// Whether all lanes are active and lie side by side inside the buffer.
bool is_whole(const Step& s, const Area& area, const Lanes& lanes) {
    return lanes.mask == nullptr && lanes.element >= area.lowest && lanes.element <= area.highest &&
           area.highest - lanes.element >= std::int64_t{s.lanes} - 1;
}

template <Op op, DType T>
void run_load(Machine& m, const Step& s) {
    const Area& area = m.areas[static_cast<std::size_t>(s.buffer)];
    const Lanes lanes = lanes_of<op>(m, s);
    auto* result = m.at<Native<T>>(s.result);
    if constexpr (op == Op::load) {
        check_alignment<T>(s, area, lanes);
        if (is_whole(s, area, lanes))
            return read<T>(m, s, area, result, address<T>(s, area, lanes.element, 0), s.lanes, m.member);
    }
    if constexpr (op == Op::gather) check_runs<T>(s, area, lanes);
    for (std::uint32_t l = 0; l < s.lanes; ++l)
        if (lanes.active(l))
            read<T>(m, s, area, result + l, address<T>(s, area, lanes.at(s, l), l), 1, m.member);
        else
            result[l] = element_from_bits<T>(0);
}

template <Op op, DType T>
void run_store(Machine& m, const Step& s) {
    const Area& area = m.areas[static_cast<std::size_t>(s.buffer)];
    const Lanes lanes = lanes_of<op>(m, s);
    const auto* value = m.at<Native<T>>(s.operand[0]);
    if constexpr (op == Op::store) {
        check_alignment<T>(s, area, lanes);
        if (is_whole(s, area, lanes))
            return write<T>(m, s, area, address<T>(s, area, lanes.element, 0), value, s.lanes, m.member);
    }
    if constexpr (op == Op::scatter) check_runs<T>(s, area, lanes);
    for (std::uint32_t l = 0; l < s.lanes; ++l)
        if (lanes.active(l))
            write<T>(m, s, area, address<T>(s, area, lanes.at(s, l), l), value + l, 1, m.member);
}

}  // namespace

Run access_step(Op op, DType element) {
    return with_dtype(element, [&]<DType T>() -> Run {
        switch (op) {
            case Op::load:
                return run_load<Op::load, T>;
            case Op::load_strided:
                return run_load<Op::load_strided, T>;
            case Op::gather:
                return run_load<Op::gather, T>;
            case Op::store:
                return run_store<Op::store, T>;
            case Op::store_strided:
                return run_store<Op::store_strided, T>;
            case Op::scatter:
                return run_store<Op::scatter, T>;
            default:
                return nullptr;
        }
    });
}

}  // namespace sporkle::tile::interpreter
