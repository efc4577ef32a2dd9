#include "targets/spirv/emit/access.hpp"

#include <algorithm>

namespace sporkle::spirv {
namespace {

/// The conjunction of all lanes' conditions.
Id all_of(Code& code, const std::vector<Id>& mask) {
    Id all = mask.front();
    for (const Id lane : mask)
        if (lane != all) all = code.value(spv::Op::OpLogicalAnd, code.types().boolean(), {all, lane});
    return all;
}

bool is_uniform(const std::vector<Id>& mask) {
    return std::all_of(mask.begin(), mask.end(), [&](Id lane) { return lane == mask.front(); });
}

bool is_block(const Access& access) { return access.contiguous && access.lanes > 1; }

std::vector<Id> read_all(const Access& access, const Reader& reader) {
    if (is_block(access)) return reader.block();
    std::vector<Id> lanes;
    for (int lane = 0; lane < access.lanes; ++lane) lanes.push_back(reader.lane(lane));
    return lanes;
}

void write_all(const Access& access, const Writer& writer) {
    if (is_block(access)) return writer.block();
    for (int lane = 0; lane < access.lanes; ++lane) writer.lane(lane);
}

}  // namespace

std::vector<Id> read(Code& code, const Access& access, const Reader& reader) {
    if (access.mask.empty()) return read_all(access, reader);
    const Id form = code.types().in_register(access.type);
    const Id zero = code.types().null(form);
    const std::vector<Id> forms(static_cast<std::size_t>(access.lanes), form);
    const std::vector<Id> zeros(static_cast<std::size_t>(access.lanes), zero);
    const auto whole = [&] { return read_all(access, reader); };
    if (is_uniform(access.mask)) return code.choose(access.mask.front(), forms, whole, [&] { return zeros; });
    const auto lane_by_lane = [&] {
        std::vector<Id> lanes;
        for (int lane = 0; lane < access.lanes; ++lane)
            lanes.push_back(code.choose(
                access.mask[static_cast<std::size_t>(lane)], std::span(&form, 1),
                [&] { return std::vector<Id>{reader.lane(lane)}; },
                [&] { return std::vector<Id>{zero}; })[0]);
        return lanes;
    };
    if (!is_block(access)) return lane_by_lane();
    return code.choose(all_of(code, access.mask), forms, whole, lane_by_lane);
}

void write(Code& code, const Access& access, const Writer& writer) {
    if (access.mask.empty()) return write_all(access, writer);
    if (is_uniform(access.mask)) return code.when(access.mask.front(), [&] { write_all(access, writer); });
    const auto lane_by_lane = [&] {
        for (int lane = 0; lane < access.lanes; ++lane)
            code.when(access.mask[static_cast<std::size_t>(lane)], [&] { writer.lane(lane); });
    };
    if (!is_block(access)) return lane_by_lane();
    code.choose(
        all_of(code, access.mask), {},
        [&] {
            writer.block();
            return std::vector<Id>{};
        },
        [&] {
            lane_by_lane();
            return std::vector<Id>{};
        });
}

Id from_memory(Code& code, DType type, Id stored) {
    if (size_of(type) >= 4) return stored;
    const Id word = code.types().word();
    const bool extends_sign = is_integer(type) && is_signed(type);
    const Id value = code.value(extends_sign ? spv::Op::OpSConvert : spv::Op::OpUConvert, word, {stored});
    if (type != DType::boolean) return value;
    return code.value(spv::Op::OpINotEqual, code.types().boolean(),
                      {value, code.types().word(std::uint32_t{0})});
}

Id to_memory(Code& code, DType type, Id value) {
    if (size_of(type) >= 4) return value;
    Types& types = code.types();
    if (type == DType::boolean)
        value = code.select(types.word(), value, types.word(std::uint32_t{1}), types.word(std::uint32_t{0}));
    return code.value(spv::Op::OpUConvert, types.in_memory(type), {value});
}

}  // namespace sporkle::spirv
