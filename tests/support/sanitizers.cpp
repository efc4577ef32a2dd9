// What sanitizers do not report: in Vulkan's drivers and layers it is not ours to find. They stay loaded, so
// that their names are known. Part of every test program that a sanitizer is built into, which asks it by
// these names.

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions();

/// lavapipe's compiler loses contexts of 48 bytes; and what devices hold when the process ends is left to the
/// system, since that compiler has been torn down by then.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libvulkan\nleak:libVkLayer\nleak:libLLVM\n";
}

/// lavapipe's threads are a GPU here: what they write while the CPU looks at it is ordered by Vulkan. The
/// layer's thread of a queue unlocks the state of an object that vkDeviceWaitIdle has let the program
/// destroy; and it locks objects while its queue is locked, which vkQueueSubmit and vkDestroyDevice, inside
/// of the layer, too, do the other way around.
extern "C" const char* __tsan_default_suppressions() {
    return "race:libvulkan_lvp\n"
           "race:libVkLayer_khronos_validation\ndeadlock:libVkLayer_khronos_validation\n";
}
