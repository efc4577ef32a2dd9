// What a template may be: exactly the shape that dispatch_template.hpp describes. Memory is written only at
// addresses that are patched, and only a patched program is started.
#include <algorithm>

#include "targets/amdgpu/pm4/command_writer.hpp"
#include "targets/amdgpu/pm4/decode.hpp"
#include "targets/amdgpu/pm4/formatted.hpp"
#include "targets/amdgpu/pm4/register_fields.hpp"
#include "targets/amdgpu/pm4/template_blob.hpp"

namespace sporkle::amdgpu::pm4 {

const char* name_of(PatchKind kind) {
    switch (kind) {
        case PatchKind::program:
            return "program";
        case PatchKind::kernarg:
            return "kernarg";
        case PatchKind::groups_x:
            return "groups_x";
        case PatchKind::groups_y:
            return "groups_y";
        case PatchKind::groups_z:
            return "groups_z";
        case PatchKind::scratch_base:
            return "scratch_base";
        case PatchKind::scratch_descriptor:
            return "scratch_descriptor";
        case PatchKind::flat_scratch:
            return "flat_scratch";
        case PatchKind::scratch_waves:
            return "scratch_waves";
        case PatchKind::begin_timestamp:
            return "begin_timestamp";
        case PatchKind::end_timestamp:
            return "end_timestamp";
        case PatchKind::fence_address:
            return "fence_address";
        case PatchKind::fence_value:
            return "fence_value";
    }
    return "unknown patch";
}

namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_bundle, "sporkle: dispatch template: " + what);
}

/// One segment of a template, taken apart with plausible values at its patch points.
class SegmentCheck {
  public:
    SegmentCheck(const Template& t, const Segment& s, const char* name)
        : patches_(std::span(t.patches).subspan(s.first_patch, s.last_patch - s.first_patch)), name_(name) {
        words_.assign(t.words.begin() + s.first_word, t.words.begin() + s.last_word);
        std::uint32_t free = s.first_word;
        for (const Patch& patch : patches_) {
            if (patch.word < free || patch.word + words_of(patch.kind) > s.last_word)
                fail(formatted("patch %s at word %u is out of order or out of its segment",
                               name_of(patch.kind), patch.word));
            free = patch.word + words_of(patch.kind);
            fill(patch, patch.word - s.first_word);
        }
        first_ = s.first_word;
        packets_ = decode(words_, *t.chip);
        for (const Packet& packet : packets_)
            for (const Fault& fault : packet.faults) fail(fault.text);
    }

    std::span<const Packet> packets() const { return packets_; }

    std::size_t count(PatchKind kind) const {
        return static_cast<std::size_t>(
            std::count_if(patches_.begin(), patches_.end(), [&](const Patch& p) { return p.kind == kind; }));
    }
    void need(std::initializer_list<PatchKind> once,
              std::initializer_list<PatchKind> at_most_once = {}) const {
        std::size_t known = 0;
        for (const PatchKind kind : once) {
            if (count(kind) != 1) fail(formatted("%zu patches %s; it has one", count(kind), name_of(kind)));
            ++known;
        }
        for (const PatchKind kind : at_most_once) {
            if (count(kind) > 1)
                fail(formatted("%zu patches %s; it has at most one", count(kind), name_of(kind)));
            known += count(kind);
        }
        if (known != patches_.size()) fail("it has patches that belong elsewhere");
    }
    /// The patch of this kind stands at that word of the segment.
    void stands_at(PatchKind kind, std::size_t word) const {
        for (const Patch& patch : patches_)
            if (patch.kind == kind && patch.word - first_ != word)
                fail(formatted("patch %s stands at word %u instead of %zu", name_of(kind),
                               patch.word - first_, word));
    }
    bool is_patched_at(PatchKind kind, std::size_t word) const {
        return std::any_of(patches_.begin(), patches_.end(),
                           [&](const Patch& p) { return p.kind == kind && p.word - first_ == word; });
    }
    [[noreturn]] void fail(const std::string& what) const { refuse(std::string(name_) + ": " + what); }

    std::span<const Patch> patches() const { return patches_; }
    std::uint32_t word_of(const Patch& patch) const { return patch.word - first_; }

  private:
    /// What is there before must leave room for what comes: addresses and numbers are 0.
    void fill(const Patch& patch, std::size_t at) {
        const std::uint32_t kept_low = patch.kind == PatchKind::scratch_waves ? ~tmpring::waves.mask() : 0;
        const std::uint32_t kept_high = patch.kind == PatchKind::scratch_descriptor ? 0xFFFF0000 : 0;
        if (words_[at] & ~kept_low) fail(formatted("word %zu, which is patched, is not 0", at));
        words_[at] |= patch.kind == PatchKind::scratch_waves ? 1 : 0x1000;
        if (words_of(patch.kind) == 2 && (words_[at + 1] & ~kept_high))
            fail(formatted("word %zu, which is patched, is not 0", at + 1));
    }

    std::span<const Patch> patches_;
    const char* name_;
    std::uint32_t first_ = 0;
    std::vector<std::uint32_t> words_;
    std::vector<Packet> packets_;
};

/// Between dispatches and around them: packets of T… only.
template <class... T>
void only(const SegmentCheck& segment) {
    for (const Packet& packet : segment.packets())
        if (!(std::holds_alternative<T>(packet.contents) || ...))
            segment.fail(formatted("%s does not belong there", name_of(packet.opcode())));
}

template <class T>
std::size_t count_of(const SegmentCheck& segment) {
    return static_cast<std::size_t>(
        std::count_if(segment.packets().begin(), segment.packets().end(),
                      [](const Packet& p) { return std::holds_alternative<T>(p.contents); }));
}

void verify_prologue(const SegmentCheck& s) {
    only<SetRegisters, EventWrite, AcquireMem, CopyData>(s);
    s.need({PatchKind::begin_timestamp});
    if (count_of<CopyData>(s) != 1 || count_of<AcquireMem>(s) != 1 || count_of<EventWrite>(s) != 1)
        s.fail("it has one wait, one acquire and one timestamp");
    for (const Packet& packet : s.packets()) {
        if (const auto* set = packet.as<SetRegisters>())
            for (const RegisterWrite& write : set->writes)
                if (write.reg->reg != Reg::coher_start_delay)
                    s.fail(formatted("it writes %s", write.reg->name));
        if (const auto* copy = packet.as<CopyData>()) {
            s.stands_at(PatchKind::begin_timestamp, packet.position + 4);
            if (!(*copy == begin_timestamp(copy->to))) s.fail("COPY_DATA does not take the clock to memory");
        }
    }
}

void verify_barrier(const SegmentCheck& s) {
    only<EventWrite, AcquireMem>(s);
    s.need({});
    if (count_of<AcquireMem>(s) != 1 || count_of<EventWrite>(s) != 1)
        s.fail("it has one wait and one acquire");
}

void verify_epilogue(const SegmentCheck& s, Generation g) {
    only<EventWrite, ReleaseMem>(s);
    s.need({PatchKind::end_timestamp, PatchKind::fence_address, PatchKind::fence_value});
    const std::span<const Packet> packets = s.packets();
    const ReleaseMem* clock = packets.size() == 3 ? packets[1].as<ReleaseMem>() : nullptr;
    const ReleaseMem* value = packets.size() == 3 ? packets[2].as<ReleaseMem>() : nullptr;
    if (!clock || !value || !packets[0].as<EventWrite>()) s.fail("it has one wait and two releases");
    if (!(*clock == end_timestamp(clock->address))) s.fail("its first release does not take the clock");
    if (!(*value == fence(g, value->address, value->data))) s.fail("its second release is not the fence");
    s.stands_at(PatchKind::end_timestamp, packets[1].position + 3);
    s.stands_at(PatchKind::fence_address, packets[2].position + 3);
    s.stands_at(PatchKind::fence_value, packets[2].position + 5);
}

/// Whether a patch of this kind may stand at that register.
bool belongs(PatchKind kind, const RegisterWrite& write, Generation g) {
    const std::uint32_t user_data = offset_of(g, Reg::user_data_0);
    switch (kind) {
        case PatchKind::program:
            return write.reg->reg == Reg::pgm_lo;
        case PatchKind::scratch_base:
            return write.reg->reg == Reg::dispatch_scratch_base_lo;
        case PatchKind::scratch_waves:
            return write.reg->reg == Reg::tmpring_size;
        case PatchKind::kernarg:
        case PatchKind::flat_scratch:
        case PatchKind::scratch_descriptor:
            return write.space == Space::sh && write.offset >= user_data && write.offset < user_data + 15;
        default:
            return false;
    }
}

/// Registers that a dispatch has to set itself, since they keep what anybody else left in them.
constexpr Reg needed[] = {Reg::start_x,
                          Reg::num_thread_x,
                          Reg::num_thread_y,
                          Reg::num_thread_z,
                          Reg::pgm_lo,
                          Reg::pgm_hi,
                          Reg::pgm_rsrc1,
                          Reg::pgm_rsrc2,
                          Reg::pgm_rsrc3,
                          Reg::resource_limits,
                          Reg::static_thread_mgmt_se0,
                          Reg::tmpring_size,
                          Reg::dispatch_scratch_base_lo};

/// Returns the bytes of scratch that a wave has.
std::uint64_t verify_dispatch(const SegmentCheck& s, const Chip& chip) {
    using K = PatchKind;
    only<SetRegisters, DispatchDirect>(s);
    s.need({K::program, K::groups_x, K::groups_y, K::groups_z},
           {K::kernarg, K::scratch_base, K::scratch_descriptor, K::flat_scratch, K::scratch_waves});
    if (count_of<DispatchDirect>(s) != 1 || !s.packets().back().as<DispatchDirect>())
        s.fail("it ends with DISPATCH_DIRECT and has no other");
    const std::size_t groups = s.packets().back().position + 1;
    for (const K kind : {K::groups_x, K::groups_y, K::groups_z})
        s.stands_at(kind, groups + static_cast<std::size_t>(kind) - static_cast<std::size_t>(K::groups_x));

    std::vector<const RegisterWrite*> writes;
    for (const Packet& packet : s.packets())
        if (const auto* set = packet.as<SetRegisters>())
            for (const RegisterWrite& write : set->writes) writes.push_back(&write);
    for (const Patch& patch : s.patches()) {
        if (patch.kind == K::groups_x || patch.kind == K::groups_y || patch.kind == K::groups_z) continue;
        const std::size_t at = s.word_of(patch);
        const auto found =
            std::find_if(writes.begin(), writes.end(), [&](const auto* w) { return w->position == at; });
        const bool whole = words_of(patch.kind) == 1 || (found != writes.end() && found + 1 != writes.end() &&
                                                         (*(found + 1))->position == at + 1);
        if (found == writes.end() || !whole || !belongs(patch.kind, **found, chip.generation))
            s.fail(formatted("patch %s stands at word %zu, where nothing of the kind is", name_of(patch.kind),
                             at));
    }
    for (const auto* write : writes) {
        if (std::count_if(writes.begin(), writes.end(), [&](const auto* w) { return w->reg == write->reg; }) >
            1)
            s.fail(formatted("it sets %s twice", write->reg->name));
        if (write->reg->reg == Reg::pgm_rsrc1 && rsrc1::priv.of(write->value))
            s.fail("it asks for privileges");
    }
    for (const Reg reg : needed) {
        const Register* row = find_register(chip.generation, reg);
        if (row && std::none_of(writes.begin(), writes.end(), [&](const auto* w) { return w->reg == row; }))
            s.fail(formatted("it does not set %s", row->name));
    }
    const auto tmpring = std::find_if(writes.begin(), writes.end(),
                                      [](const auto* w) { return w->reg->reg == Reg::tmpring_size; });
    const std::uint64_t bytes =
        static_cast<std::uint64_t>((*tmpring)->value >> tmpring::wavesize.low) * chip.scratch_unit();
    const bool architected = chip.scratch() == ScratchKind::architected;
    if (bytes != 0 && (s.count(K::scratch_waves) == 0 || (architected && s.count(K::scratch_base) == 0)))
        s.fail("it uses scratch that is not patched in");
    return bytes;
}

/// Segments follow each other without gaps, in words and in patches.
void verify_order(const Template& t) {
    std::uint32_t word = 0, patch = 0;
    const auto follows = [&](const Segment& s) {
        if (s.first_word != word || s.last_word <= word || s.last_word > t.words.size() ||
            s.first_patch != patch || s.last_patch < patch || s.last_patch > t.patches.size())
            refuse(formatted("a segment of words %u to %u, patches %u to %u after word %u, patch %u",
                             s.first_word, s.last_word, s.first_patch, s.last_patch, word, patch));
        word = s.last_word;
        patch = s.last_patch;
    };
    for (const Segment& s : {t.prologue, t.barrier, t.epilogue}) follows(s);
    for (const Segment& s : t.dispatches) follows(s);
    if (word != t.words.size() || patch != t.patches.size())
        refuse("words or patches that belong to no segment");
}

}  // namespace

void verify(const Template& t) {
    if (!t.chip) refuse("it is for no chip");
    if (t.dispatches.empty()) refuse("it has no dispatches");
    verify_order(t);
    verify_prologue(SegmentCheck(t, t.prologue, "prologue"));
    verify_barrier(SegmentCheck(t, t.barrier, "barrier"));
    verify_epilogue(SegmentCheck(t, t.epilogue, "epilogue"), t.chip->generation);
    std::uint64_t scratch = 0;
    for (std::size_t d = 0; d < t.dispatches.size(); ++d) {
        const std::string name = formatted("dispatch %zu", d);
        scratch = std::max(scratch, verify_dispatch(SegmentCheck(t, t.dispatches[d], name.c_str()), *t.chip));
    }
    if (scratch != t.scratch_bytes_of_wave)
        refuse(formatted("a wave has %llu bytes of scratch in its packets, but %u in its head",
                         static_cast<unsigned long long>(scratch), t.scratch_bytes_of_wave));
}

}  // namespace sporkle::amdgpu::pm4
