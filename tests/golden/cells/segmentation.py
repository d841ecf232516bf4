# segmentation network, drawn with PathoLearn Lab.
# Change what you like: training uses this cell as it stands.
import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn

DATASET = "nuclei"
TARGET = "masks"
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


class SegmentationNetwork(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(3, 4, kernel_size=3, padding="same")
        self.conv_2 = nn.Conv2d(4, 3, kernel_size=1)
        metrics = torchmetrics.MetricCollection(
            {
                "dice": torchmetrics.F1Score(
                    task="multiclass",
                    num_classes=3,
                    average="macro",
                ),
                "iou": torchmetrics.JaccardIndex(
                    task="multiclass",
                    num_classes=3,
                    average="macro",
                ),
            }
        )
        self.train_metrics = metrics.clone(prefix="train_")
        self.valid_metrics = metrics.clone(prefix="valid_")
        self.test_metrics = metrics.clone(prefix="test_")

    def forward(self, x):  # 3 × 32 × 32
        x = self.conv_1(x)  # 4 × 32 × 32
        x = F.relu(x)
        x = self.conv_2(x)  # 3 × 32 × 32
        return x

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train", self.train_metrics)

    def validation_step(self, batch, batch_idx):
        return self._step(batch, "valid", self.valid_metrics)

    def test_step(self, batch, batch_idx):
        return self._step(batch, "test", self.test_metrics)

    def _step(self, batch, split, metrics):
        images, masks = batch
        scores = self(images)
        loss = dice_loss(scores, masks) + F.cross_entropy(scores, masks)
        metrics.update(scores, masks)
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)
        self.log_dict(metrics, on_step=False, on_epoch=True, prog_bar=True)
        return loss

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=0.001)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimizer,
            T_max=self.trainer.max_epochs,
        )
        return [optimizer], [schedule]


model = SegmentationNetwork()
