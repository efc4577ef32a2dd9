// Pipelines of modules that are not looked into, since an earlier process has left what they are made of.
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <sporkle/error.hpp>

#include "targets/spirv/run/executable.hpp"
#include "targets/spirv/run/memory.hpp"
#include "tests/spirv_run/devices.hpp"
#include "tests/spirv_run/kernels.hpp"

namespace sporkle::testing {
namespace {

namespace fs = std::filesystem;
using namespace spirv::vulkan;
using spirv::DeviceFacts;

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    return {bytes.begin(), bytes.end()};
}

TEST(PipelineParts, ComeBackAsTheyWere) {
    const std::vector<std::uint32_t> words{1, 2, 3};
    const std::vector<std::uint8_t> identifier{7, 8, 9, 10, 11};
    const std::vector<std::byte> driver(1001, std::byte(5));
    for (const bool named : {false, true})
        for (const std::size_t driver_bytes : {std::size_t(0), driver.size()}) {
            PipelineParts parts;
            parts.subgroup_size = 32;
            parts.shuffle_size = 1;
            if (named)
                parts.identifier = identifier;
            else
                parts.words = words;
            parts.driver_cache = std::span(driver).first(driver_bytes);
            const std::vector<std::byte> bytes = to_bytes(parts);
            const auto again = parts_of(bytes);
            ASSERT_TRUE(again);
            EXPECT_EQ(again->subgroup_size, 32u);
            EXPECT_EQ(again->shuffle_size, 1u);
            EXPECT_TRUE(std::ranges::equal(again->words, parts.words));
            EXPECT_TRUE(std::ranges::equal(again->identifier, parts.identifier));
            EXPECT_TRUE(std::ranges::equal(again->driver_cache, parts.driver_cache));
            for (std::size_t size = 0; size < bytes.size(); ++size)
                EXPECT_FALSE(parts_of(std::span(bytes).first(size))) << size;
        }
}

TEST(PipelineParts, OfAnyBytesStayWithinThem) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    for (int n = 0; n < 20000; ++n) {
        std::vector<std::uint32_t> words(random() % 16);
        for (std::uint32_t& word : words) word = random() % 3 == 0 ? random() : random() % 20;
        const std::vector<std::byte> bytes = bytes_of(words);
        const auto parts = parts_of(bytes);
        if (!parts) continue;
        EXPECT_EQ(parts->words.size_bytes() + parts->identifier.size() + parts->driver_cache.size() + 24,
                  bytes.size());
        EXPECT_NE(parts->words.empty(), parts->identifier.empty());
    }
}

TEST(PipelineKey, TellsEverythingApart) {
    const std::vector<std::byte> module(100, std::byte(1));
    std::vector<std::byte> other = module;
    other[99] = std::byte(2);
    std::set<Hash> keys{pipeline_key(module, {}, 0), pipeline_key(other, {}, 0),
                        pipeline_key(module, {}, 65535)};
    std::size_t count = 3;
    const auto with = [&](auto change) {
        DeviceFacts facts;
        change(facts);
        keys.insert(pipeline_key(module, facts, 0));
        EXPECT_EQ(keys.size(), ++count);
    };
    with([](DeviceFacts& f) { f.fma_f32 = spirv::Exactness::flushes; });
    with([](DeviceFacts& f) { f.fma_f32 = spirv::Exactness::inexact; });
    for (bool DeviceFacts::*fact :
         {&DeviceFacts::fused_fma_f64, &DeviceFacts::exact_division_f32, &DeviceFacts::exact_division_f64,
          &DeviceFacts::exact_division_i64, &DeviceFacts::exact_sqrt_f32, &DeviceFacts::exact_sqrt_f64,
          &DeviceFacts::exact_comparison_f32, &DeviceFacts::exact_widening, &DeviceFacts::exact_sign_f32,
          &DeviceFacts::exact_folding, &DeviceFacts::subgroup_shuffle})
        with([&](DeviceFacts& f) { f.*fact = false; });
    for (spirv::FloatControls DeviceFacts::*width :
         {&DeviceFacts::f16, &DeviceFacts::f32, &DeviceFacts::f64}) {
        with([&](DeviceFacts& f) { (f.*width).denorm_preserve = false; });
        with([&](DeviceFacts& f) { (f.*width).rounding_mode_rte = false; });
        with([&](DeviceFacts& f) { (f.*width).signed_zero_inf_nan_preserve = false; });
    }
    with([](DeviceFacts& f) { f.pushed_words = 26; });
}

/// A driver that names modules, in front of one that may not.
struct NamingDriver {
    PFN_vkCreateComputePipelines true_create = nullptr;
    PFN_vkCreateShaderModule true_module = nullptr;
    PFN_vkDestroyShaderModule destroy_module = nullptr;
    std::map<std::uint8_t, std::vector<std::uint32_t>> modules;  ///< by the only byte of their identifiers
    bool forgets = false;
    int refusals = 0;  ///< of pipelines, to come
    int modules_made = 0, told_by_name = 0;
};
NamingDriver driver;

void VKAPI_CALL name_module(VkDevice, const VkShaderModuleCreateInfo* info,
                            VkShaderModuleIdentifierEXT* name) {
    name->identifierSize = 1;
    name->identifier[0] = static_cast<std::uint8_t>(driver.modules.size() + 1);
    driver.modules[name->identifier[0]].assign(info->pCode, info->pCode + info->codeSize / 4);
}
VkResult VKAPI_CALL make_module(VkDevice device, const VkShaderModuleCreateInfo* info,
                                const VkAllocationCallbacks* callbacks, VkShaderModule* module) {
    ++driver.modules_made;
    return driver.true_module(device, info, callbacks, module);
}
VkResult VKAPI_CALL make_pipelines(VkDevice device, VkPipelineCache cache, std::uint32_t count,
                                   const VkComputePipelineCreateInfo* infos,
                                   const VkAllocationCallbacks* callbacks, VkPipeline* pipelines) {
    if (driver.refusals-- > 0) return VK_ERROR_UNKNOWN;
    if (infos->stage.module != VK_NULL_HANDLE)
        return driver.true_create(device, cache, count, infos, callbacks, pipelines);
    EXPECT_NE(infos->flags & VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT, 0u);
    const auto* name =
        static_cast<const VkPipelineShaderStageModuleIdentifierCreateInfoEXT*>(infos->stage.pNext);
    EXPECT_EQ(name->sType, VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_MODULE_IDENTIFIER_CREATE_INFO_EXT);
    EXPECT_EQ(name->identifierSize, 1u);
    if (driver.forgets || !driver.modules.contains(name->pIdentifier[0])) {
        *pipelines = VK_NULL_HANDLE;
        return VK_PIPELINE_COMPILE_REQUIRED;
    }
    ++driver.told_by_name;
    const std::vector<std::uint32_t>& words = driver.modules[name->pIdentifier[0]];
    VkShaderModuleCreateInfo code{};
    code.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    code.codeSize = words.size() * 4;
    code.pCode = words.data();
    VkComputePipelineCreateInfo info = *infos;
    info.flags = 0;
    info.stage.pNext = name->pNext;
    driver.true_module(device, &code, nullptr, &info.stage.module);
    const VkResult result = driver.true_create(device, cache, 1, &info, callbacks, pipelines);
    driver.destroy_module(device, info.stage.module, nullptr);
    return result;
}

class VulkanPipeline : public CachingVulkanTest {
  protected:
    void SetUp() override {
        VulkanTest::SetUp();
        if (IsSkipped()) return;
        code.emplace(std::vector<std::vector<std::uint32_t>>{digits_kernel()});
        driver = {};
        open_engine();
        before = files();
    }
    void TearDown() override {
        memory.reset();
        engine.reset();
        VulkanTest::TearDown();
    }
    /// As another process would, with a driver that is looked at.
    void open_engine(bool names = false) {
        memory.reset();
        engine.reset();
        for (const auto& found : find_devices(Instance::get()))
            if (found.fault.empty() && engine == nullptr)
                engine = std::make_shared<Engine>(Instance::get(), found.device);
        memory = std::make_unique<Memory>(engine);
        DeviceFunctions& vk = engine->gpu.vk;
        driver.true_create = vk.vkCreateComputePipelines;
        driver.true_module = vk.vkCreateShaderModule;
        driver.destroy_module = vk.vkDestroyShaderModule;
        driver.modules_made = driver.told_by_name = 0;
        vk.vkCreateComputePipelines = &make_pipelines;
        vk.vkCreateShaderModule = &make_module;
        vk.vkGetShaderModuleCreateInfoIdentifierEXT = names ? &name_module : nullptr;
    }
    std::span<const std::byte> module() const {
        const bundle::Dispatch& dispatch = code->variant().dispatches[0];
        return code->bundle.blobs[0].bytes.subspan(dispatch.entry, dispatch.code_bytes);
    }
    Hash key() const { return pipeline_key(module(), engine->numerics.facts, engine->numerics.loop_turns); }
    /// Loads the kernel and runs it.
    void expect_right() {
        const Executable executable(engine, code->bundle, code->variant());
        const std::vector<std::uint32_t> four(32, 4);
        const auto buffer = memory->allocate(128);
        memory->upload(*buffer, 0, four.data(), 128);
        const std::vector<std::uint64_t> words{buffer->address(), 1, 1, 2};
        const runtime::Grid size = grid(1);
        runtime::Launch launch;
        launch.words = words.data();
        launch.word_count = words.size();
        launch.grids = {&size, 1};
        executable.run(launch);
        std::vector<std::uint32_t> values(32);
        memory->download(*buffer, 0, values.data(), 128);
        EXPECT_EQ(values, std::vector<std::uint32_t>(32, 42));
    }
    /// Whether a pipeline is made without the module.
    bool is_known() {
        bool is_read = false;
        const Pipeline pipeline(*engine, key(), [&] {
            is_read = true;
            Module read = read_module(module(), engine->numerics.facts, "the kernel");
            if (engine->numerics.loop_turns > 0)
                read.words = spirv::with_loop_guards(read.words, "the kernel");
            return read;
        });
        EXPECT_NE(pipeline.handle(), VkPipeline(VK_NULL_HANDLE));
        return !is_read;
    }

    std::optional<HandMade> code;
    std::shared_ptr<Engine> engine;
    std::unique_ptr<Memory> memory;
    std::vector<fs::path> before;  ///< what the probe has left
};

TEST_F(VulkanPipeline, IsReadOnce) {
    expect_right();
    EXPECT_EQ(files().size(), before.size() + 1);
    open_engine();
    EXPECT_TRUE(is_known());
    expect_right();
    engine->numerics.facts.pushed_words = 3;  // not what the file was made for
    EXPECT_FALSE(is_known());
    EXPECT_TRUE(is_known());
    expect_right();
    EXPECT_EQ(files().size(), before.size() + 2);
}

TEST_F(VulkanPipeline, IsReadEachTimeWhereNothingIsKept) {
    const Variable off("SPORKLE_CACHE", "");
    open_engine();
    for (int n = 0; n < 2; ++n) EXPECT_FALSE(is_known());
    expect_right();
}

TEST_F(VulkanPipeline, IsMadeByNameWhereTheDriverNamesModules) {
    open_engine(true);
    expect_right();
    EXPECT_EQ(driver.told_by_name, 0);
    open_engine(true);
    expect_right();
    EXPECT_EQ(driver.told_by_name, 1);
    EXPECT_EQ(driver.modules_made, 0);

    // The driver may forget: then the module is compiled, and known from then on.
    open_engine(true);
    driver.forgets = true;
    expect_right();
    EXPECT_EQ(driver.told_by_name, 0);
    EXPECT_EQ(driver.modules_made, 1);
    driver.forgets = false;
    EXPECT_TRUE(is_known());

    // A name is nothing to a driver without names.
    open_engine(false);
    expect_right();
    EXPECT_TRUE(is_known());
}

TEST_F(VulkanPipeline, IsCompiledWhereTheDriverRefusesWhatIsKept) {
    expect_right();
    driver.refusals = 1;
    EXPECT_FALSE(is_known());
    EXPECT_TRUE(is_known());
    driver.refusals = 2;
    EXPECT_THROW(is_known(), Error);
    expect_right();
}

TEST_F(VulkanPipeline, IsCompiledWhereTheFileIsNotOfThisDevice) {
    expect_right();
    const auto file = engine->cache.load(key());
    ASSERT_TRUE(file);
    auto parts = parts_of(*file);
    ASSERT_TRUE(parts);
    for (const std::uint32_t size : {0u, 3u, 4096u, 0x80000000u}) {
        parts->subgroup_size = size;
        engine->cache.store(key(), to_bytes(*parts));
        EXPECT_FALSE(is_known()) << size;
        EXPECT_TRUE(is_known());
    }
    engine->cache.store(key(), std::span<const std::byte>(*file).first(40));
    EXPECT_FALSE(is_known());
    const std::vector<std::uint8_t> long_name(33, 1);
    parts->words = {};
    parts->identifier = long_name;
    engine->cache.store(key(), to_bytes(*parts));
    engine->gpu.vk.vkGetShaderModuleCreateInfoIdentifierEXT = &name_module;
    EXPECT_FALSE(is_known());
    expect_right();
}

}  // namespace
}  // namespace sporkle::testing
