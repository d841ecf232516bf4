# Diagnosis and nuclei, drawn with PathoLearn Lab.
# Change what you like: training uses this cell as it stands.
import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn

DATASET = "nuclei"
TARGETS = {"diagnosis": "labels", "nuclei": "masks"}
EPOCHS = 8
BATCH_SIZE = 32


def dice_loss(scores, masks, smooth=1.0, ignore_index=-100):
    """1 - 2 |A and B| / (|A| + |B|), the mean of all classes (Milletari 2016)."""
    known = (masks != ignore_index).unsqueeze(1)
    truth = F.one_hot(masks * known[:, 0], scores.shape[1]).movedim(-1, 1) * known
    guess = scores.softmax(dim=1) * known
    overlap = (guess * truth).sum(dim=(0, 2, 3))
    both = (guess + truth).sum(dim=(0, 2, 3))
    return 1 - ((2 * overlap + smooth) / (both + smooth)).mean()


class DiagnosisAndNuclei(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(3, 8, kernel_size=3, padding="same")
        self.conv_2 = nn.Conv2d(8, 3, kernel_size=1)
        self.linear_1 = nn.Linear(128, 2)
        diagnosis_metrics = torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy(task="multiclass", num_classes=2),
            }
        )
        self.train_metrics = nn.ModuleDict(
            {
                "diagnosis": diagnosis_metrics.clone(prefix="train_diagnosis_"),
                "nuclei": torchmetrics.MetricCollection({}),
            }
        )
        self.valid_metrics = nn.ModuleDict(
            {
                "diagnosis": diagnosis_metrics.clone(prefix="valid_diagnosis_"),
                "nuclei": torchmetrics.MetricCollection(
                    {
                        "iou": torchmetrics.JaccardIndex(
                            task="multiclass",
                            num_classes=3,
                            average="macro",
                        ),
                    },
                    prefix="valid_nuclei_",
                ),
            }
        )
        self.test_metrics = nn.ModuleDict(
            {
                "diagnosis": diagnosis_metrics.clone(prefix="test_diagnosis_"),
                "nuclei": torchmetrics.MetricCollection(
                    {
                        "iou": torchmetrics.JaccardIndex(
                            task="multiclass",
                            num_classes=3,
                            average="macro",
                        ),
                    },
                    prefix="test_nuclei_",
                ),
            }
        )

    def forward(self, x):  # 3 × 32 × 32
        x = self.conv_1(x)  # 8 × 32 × 32
        x = F.relu(x)
        conv_2 = self.conv_2(x)  # 3 × 32 × 32
        pool_1 = F.max_pool2d(x, kernel_size=8)  # 8 × 4 × 4
        pool_1 = torch.flatten(pool_1, start_dim=1)  # 128
        pool_1 = self.linear_1(pool_1)  # 2
        return {"diagnosis": pool_1, "nuclei": conv_2}

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train", self.train_metrics)

    def validation_step(self, batch, batch_idx):
        return self._step(batch, "valid", self.valid_metrics)

    def test_step(self, batch, batch_idx):
        return self._step(batch, "test", self.test_metrics)

    def _step(self, batch, split, metrics):
        images, targets = batch
        outputs = self(images)
        diagnosis_loss = F.cross_entropy(outputs["diagnosis"], targets["labels"])
        nuclei_loss = dice_loss(outputs["nuclei"], targets["masks"])
        nuclei_loss += F.cross_entropy(outputs["nuclei"], targets["masks"])
        loss = diagnosis_loss + 0.5 * nuclei_loss
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)
        metrics["diagnosis"].update(outputs["diagnosis"], targets["labels"])
        self.log(
            f"{split}_diagnosis_loss",
            diagnosis_loss,
            on_step=False,
            on_epoch=True,
        )
        self.log_dict(metrics["diagnosis"], on_step=False, on_epoch=True)
        metrics["nuclei"].update(outputs["nuclei"], targets["masks"])
        self.log(f"{split}_nuclei_loss", nuclei_loss, on_step=False, on_epoch=True)
        self.log_dict(metrics["nuclei"], on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.001)


model = DiagnosisAndNuclei()
